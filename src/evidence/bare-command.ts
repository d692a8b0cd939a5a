import { readCommand } from './command.ts';
import { FOLLOWED } from './parse/stern.ts';
import { plainCommand } from './prompt.ts';

/** What stands at the edge of a description, or of one of its containers, where its head was cut off. */
const OF_DESCRIPTION = /^\s*[A-Z][\w -]*:(?:\s|$)|^\s+(?:Normal|Warning)\s/;
/** A flag of kubectl. */
const FLAG = /^--?[a-z][a-z-]*(?:=\S+)?$/i;
/** What a person may type behind a verb: names, kinds, flags and their values. A sentence has other words, or ends as one. */
const ARGUMENT = /^(?:[a-z0-9][\w./:=,-]*|(?:jsonpath|go-template)=\{\S+|"[^"]*"|'[^']*')$/i;
/** What picks members out of objects: what it prints looks like nothing in particular. */
const PICKS =
  /\s(?:-o|--output)[ =]?["']?(?:jsonpath|go-template|template|custom-columns)\b|\s--template\b|\|\s*(?:jq|yq)\s/;

/** Whether a line is a command and no sentence that begins as one: flags, one or two names, perhaps a pipe. */
function isWhole(line: string): boolean {
  // An expression in quotes is one word, whatever stands in it.
  const [call = '', ...pipes] = line.replaceAll(/'[^']*'|"(?:[^"\\]|\\.)*"/g, 'x').split(/\s*\|\s*/);
  const words = call.trim().split(/\s+/).slice(1);
  const flags = words.filter((word) => FLAG.test(word));
  const names = words.filter((word) => !FLAG.test(word));
  if (/[.!?:]$/.test(line) || !words.every((word) => FLAG.test(word) || ARGUMENT.test(word))) return false;
  const piped =
    pipes.length > 0 &&
    pipes.every((pipe) => /^(?:e?grep|tail|head|awk|sed|jq|yq|sort|uniq|cut|tr|column|less|cat|tee|wc)\b/.test(pipe));
  // Each flag may have a value behind it.
  return names.length <= 3 + flags.length && (flags.length > 0 || piped || names.some((name) => name.includes('/')));
}

/** Whether a line may be a row that a command printed without its header: cells between gaps, or that nothing was found. */
const isRow = (line: string) => /^\S+(?: {2,}|\t+)\S.*(?: {2,}|\t+)\S/.test(line) || /^No resources found/.test(line);

/** A line of prose: more than three words that begin with a capital and end as a sentence does. */
const isSentence = (line: string) => /^(?:[-*] |\d+[.)] )?[A-Z][\w']*(?: \S+){3,}[.:!?]$/.test(line.trim());

/** Whether a line directly below a command may be printed by it: no blank, no sentence, no command, no fence. */
function isOutput(line = ''): boolean {
  const below = line.trim();
  return below !== '' && plainCommand(below) === undefined && !isSentence(below) && !below.startsWith('```');
}

/** Whether a command runs another within a pod, says so behind a dash, and is no sentence: one name, flags with their values. */
function isExec(command: string): boolean {
  const within = /^(?:kubectl|oc|k) exec ((?:\S+ ){1,8})-- [\w./~-]+(?: .*)?$/.exec(command);
  const words = within?.[1]?.trim().split(' ') ?? [];
  const names = words.filter((word) => !FLAG.test(word));
  return (
    names.length > 0 &&
    names.every((word) => ARGUMENT.test(word)) &&
    names.length <= 1 + words.length - names.length &&
    !/[a-z)][.!?:;,]$/.test(command)
  );
}

/**
 * A command that stands alone, without a prompt, above what it printed. Only where its output looks like that, or it asks for a log by
 * a pod's whole name below a blank line (or the start), or nothing but a command is written so: people write commands into sentences, too.
 * `starts` tells whether output of a known form begins at a line.
 */
export function bareCommand(
  lines: readonly string[],
  index: number,
  starts: (index: number) => boolean,
): string | undefined {
  const line = (lines[index] ?? '').trimEnd();
  const command = line.length > (PICKS.test(line) ? 800 : 300) ? undefined : plainCommand(line);
  if (command === undefined || !/^(?:kubectl|oc|k|stern) /.test(command)) return undefined;
  if (command.startsWith('stern ')) return FOLLOWED.test(lines[index + 1] ?? '') ? command : undefined;
  const alone = (lines[index - 1] ?? '').trim() === '';
  const next = (lines[index + 1] ?? '').trim() === '' ? index + 2 : index + 1;
  if ((lines[next] ?? '').trim() === '') return undefined;
  // What it printed stands directly below; below a list of commands stands the next one, or what to do with it.
  if (isExec(command)) return isOutput(lines[index + 1]) ? command : undefined;
  const { verb, name = '' } = readCommand(command);
  if (!/^(?:get|describe|logs)$/.test(verb)) return undefined;
  const whole = isWhole(command);
  if (verb === 'logs')
    return (alone && /-[a-z0-9]{4,10}$|-\d+$/.test(name) && !/[.!?:]$/.test(line)) || (whole && name !== '')
      ? command
      : undefined;
  const piece = verb === 'describe' && name !== '' && /\|/.test(command) && OF_DESCRIPTION.test(lines[next] ?? '');
  const row =
    verb === 'get' && whole && (isRow(lines[next] ?? '') || (PICKS.test(command) && isOutput(lines[index + 1])));
  return starts(next) || row || ((alone || whole) && piece) ? command : undefined;
}

import { commandIn } from './call.ts';

const CLOCK = String.raw`\[?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?\]?`;
const NAME = String.raw`\p{L}[\p{L}\p{N}._'-]*(?: [\p{L}(][\p{L}\p{N}._'()-]*){0,3}`;
/** Who wrote a message, and when, as chats copy it: `Maria Lopez  10:31 AM`, or the time below the name. */
const HEADING = new RegExp(String.raw`^(?:${NAME}(?: {2,}|, | (?=\[))${CLOCK}|\[\d{1,2}:\d{2}\] ${NAME})$`, 'u');
/** A message on the line of its head: `[09:31] Anna: …`, `[27.11.26, 09:31:02] Anna: …`, `09:31 <anna> …`. */
const INLINE = new RegExp(
  String.raw`^(?:\[(?:[\d./-]{6,10},? )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?\] (?:${NAME}):|\d{1,2}:\d{2} <[\w .-]{1,40}>)(?: (.*))?$`,
  'u',
);
const TIME_ALONE = new RegExp(String.raw`^\s*${CLOCK}$`);
const NAME_ALONE = new RegExp(`^${NAME}$`, 'u');

interface Message {
  /** The line at which it begins, and that of its text. */
  readonly head: number;
  readonly from: number;
  /** What stands beside its head. */
  readonly said?: string;
}

/** The lines at which messages begin, and the lines of their texts. */
function messagesIn(lines: readonly string[]): Message[] {
  return lines.flatMap((line, at): Message[] => {
    const inline = line.length > 2000 ? null : INLINE.exec(line);
    if (inline !== null) return [{ head: at, from: at + 1, said: inline[1]?.trim() ?? '' }];
    if (line.length > 120) return [];
    if (HEADING.test(line)) return [{ head: at, from: at + 1 }];
    const above = lines[at - 1] ?? '';
    return TIME_ALONE.test(line) && above.length < 120 && NAME_ALONE.test(above)
      ? [{ head: at - 1, from: at + 1 }]
      : [];
  });
}

const bare = (line: string) => line.replace(/^\$ +/, '');

/**
 * A chat in which somebody pasted commands with what they printed: before these stands the prompt of a shell, where a message begins that shell
 * is left, and messages of one line without a command are blank, since they are talk. Lines keep their numbers. Undefined for any other text.
 */
export function chatTranscript(source: string): string | undefined {
  if (
    !/\d:\d{2}(?: ?[AaPp][Mm])?\]?\r?$|^\[[\d./-]{0,10},? ?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?\] |^\d{1,2}:\d{2} </m.test(
      source,
    )
  )
    return undefined;
  const lines = source.split('\n').map((line) => line.trimEnd());
  const messages = messagesIn(lines);
  if (messages.length < 2) return undefined;
  const out = lines.slice();
  let asked = 0;
  for (const [index, { head, from, said }] of messages.entries()) {
    const to = messages[index + 1]?.head ?? lines.length;
    const told = lines.slice(from, to).flatMap((line, at) => (line === '' ? [] : [from + at]));
    // A word on what was looked at may stand above it.
    const command = told.slice(0, 2).find((at) => commandIn(bare(lines[at] ?? '')) !== undefined);
    for (let at = head; at < from; at++) out[at] = at === head ? '$' : '';
    if (said !== undefined && commandIn(bare(said)) !== undefined) {
      out[head] = `$ ${bare(said)}`;
      if (told.length > 0) asked++;
      continue;
    }
    if (command === undefined) {
      if (told.length === 1) out[told[0] ?? from] = '';
      continue;
    }
    if (told.length > 1) asked++;
    out[command] = `$ ${bare(lines[command] ?? '')}`;
  }
  return asked === 0 ? undefined : out.join('\n');
}

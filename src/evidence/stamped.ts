import { readCommand } from './command.ts';
import { isTableHeader } from './parse/table.ts';
import { promptCommand } from './prompt.ts';
import { describeStarts } from './split.ts';

const DAY = String.raw`\d{4}-\d{2}-\d{2}`;
const CLOCK = String.raw`\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?`;
const FORMS = [
  // RFC 3339, with the stream of a container's runtime; `[%Y-%m-%d %H:%M:%S]` of `ts` and CI
  String.raw`\[?${DAY}[T ]${CLOCK}(?: ?Z| ?[+-]\d{2}:?\d{2})?\]?(?: (?:stdout|stderr) [FP])?`,
  // `ts` without a format; syslog, with its host and program
  String.raw`[A-Z][a-z]{2} [ \d]\d ${CLOCK}(?: [\w.-]{1,64} [\w./-]{1,64}(?:\[\d+\])?:)?`,
  // `ts -s`, and a clock alone
  String.raw`\[?${CLOCK}\]?`,
].map((form) => new RegExp(`^(?:${form})(?:[ \t]|$)`));
/** Fewer lines do not show that something stamps all of them. */
const FEWEST = 3;

/** The form in which all lines begin with a time. */
function commonForm(lines: readonly string[]): RegExp | undefined {
  const told = lines.filter((line) => line.trim() !== '');
  if (told.length < FEWEST) return undefined;
  return FORMS.find((form) => told.every((line) => form.test(line)));
}

/** The verb of the command that a line introduces. */
const verbIn = (line: string): string | undefined => {
  const command = promptCommand(line);
  return command === undefined ? undefined : readCommand(command).verb;
};

const ASKING: ReadonlySet<string> = new Set(['get', 'describe', 'events', 'top', 'app get']);

/** Whether `kubectl describe` begins to tell of an object: any has labels, or a namespace, among its first lines. */
const describes = (lines: readonly string[], index: number): boolean =>
  describeStarts(lines, index) &&
  lines.slice(index + 1, index + 9).some((line) => /^(?:Namespace|Labels|Annotations):(?:\s|$)/.test(line));

/** Whether lines are what a cluster's tools print: a description, a table or object that begins them, what a command asked for. */
function isPrinted(lines: readonly string[]): boolean {
  const first = lines.find((line) => line.trim() !== '') ?? '';
  if (isTableHeader(first) || /^(?:apiVersion|kind):\s+\S/.test(first)) return true;
  return lines.some((line, index) => describes(lines, index) || ASKING.has(verbIn(line) ?? ''));
}

/**
 * Lines without the time that a collector, `ts` or a script put before every one, where what is behind them is what a cluster's tools
 * printed: they tell when it was printed, not when it happened. Logs keep theirs, also those among other output that their command
 * tells. The same lines, one by one.
 */
export function withoutTimes(lines: readonly string[]): readonly string[] {
  const form = commonForm(lines);
  if (form === undefined) return lines;
  const bare = lines.map((line) => line.replace(form, ''));
  if (!isPrinted(bare)) return lines;
  let isLog = false;
  return bare.map((line, index) => {
    const verb = verbIn(line);
    if (verb !== undefined) isLog = verb === 'logs';
    return isLog && verb === undefined ? (lines[index] ?? '') : line;
  });
}

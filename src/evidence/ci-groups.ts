import { readCommand } from './command.ts';
import { isTableHeader } from './parse/table.ts';
import { plainCommand } from './prompt.ts';

/** Before every line of a job's log: GitHub Actions with seven digits of a second, GitLab with six and the stream. */
const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6,7}Z (?:\d{2}[OE][+ ]?)?/;
const GROUP = /^##\[group\]/;
/** A command that asks a cluster. Commands of a step stand between the marks of its group. */
const ASKS =
  /(?:^|[\s;&|(])(?:kubectl|oc)\s+(?:\S+\s+){0,6}?(?:get|describe|logs|events|top)\b|(?:^|[\s;&|(])(?:argocd\s+app\s+get|helm\s+status|flux\s+get)\b/;
/** Lines of a group at most. */
const HEAD = 40;

/** Whether a line opens a step of GitHub Actions that asks a cluster: what follows is what it printed. */
export function asksCluster(lines: readonly string[], index: number): boolean {
  if (!GROUP.test(lines[index] ?? '')) return false;
  for (let next = index; next < Math.min(lines.length, index + HEAD); next++) {
    const line = lines[next] ?? '';
    if (ASKS.test(line)) return true;
    if (/^##\[endgroup\]/.test(line)) return false;
  }
  return false;
}

/** Whether a line opens a step of any kind. */
export const opensStep = (line: string): boolean => GROUP.test(line);

/**
 * The lines of a job's log without the times before them where a step asked a cluster: what it printed is read as in a terminal. Other
 * steps keep their times. The same lines, one by one.
 */
export function withoutStamps(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => STAMP.test(line) && GROUP.test(line.replace(STAMP, '')))) return lines;
  const bare = lines.map((line) => line.replace(STAMP, ''));
  let asking = false;
  return lines.map((line, index) => {
    if (GROUP.test(bare[index] ?? '')) asking = asksCluster(bare, index);
    return asking ? (bare[index] ?? '') : line;
  });
}

/** Whether a line stands in the columns of a table, and fills more than the first. */
function isRow(header: string, line: string): boolean {
  const [, second, ...others] = [...header.matchAll(/\S+(?: \S+)*/g)].map(({ index }) => index);
  if (second === undefined || line.length <= second) return false;
  return [second, ...others].every((start) => start > line.length || /\s/.test(line[start - 1] ?? ' '));
}

/** Commands of a step's script, as its group shows them between its marks. */
function scriptOf(lines: readonly string[], from: number, to: number): string[] {
  const parts = lines.slice(from + 1, to).flatMap((line) => line.split(/\s*(?:;|&&|\|\|)\s+/));
  return parts.flatMap((part) => plainCommand(part.trim()) ?? []);
}

/**
 * Where the log begins that a step printed right behind a table, and the command that asked for it: its script shows tables first and one
 * log at its end, and the first line that does not stand in the columns of the last table is the log's. `index` is of the line that opens
 * the step. Undefined where the script does not say so.
 */
export function logBehindTable(
  lines: readonly string[],
  index: number,
): { readonly at: number; readonly command: string } | undefined {
  const length = lines.slice(index, index + HEAD).findIndex((line) => /^##\[endgroup\]/.test(line));
  if (length < 0) return undefined;
  const end = index + length;
  const commands = scriptOf(lines, index, end);
  const last = commands.at(-1);
  const verbs = commands.map((command) => readCommand(command).verb);
  if (last === undefined || verbs.at(-1) !== 'logs' || verbs.filter((verb) => verb === 'logs').length > 1)
    return undefined;
  const next = lines.findIndex((line, at) => at > end && /^##\[(?:group|error)\]/.test(line));
  const until = next < 0 ? lines.length : next;
  const header = lines.findLastIndex((line, at) => at > end && at < until && isTableHeader(line));
  const at = lines.findIndex(
    (line, place) =>
      header >= 0 && place > header && place < until && line.trim() !== '' && !isRow(lines[header] ?? '', line),
  );
  return at < 0 ? undefined : { at, command: last };
}

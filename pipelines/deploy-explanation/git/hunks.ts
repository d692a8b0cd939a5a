import { structuredPatch } from 'diff';
import { isSafeFileName, unifiedDiff } from '../../../src/manifest/diff.ts';

/** A file on both sides; a text is undefined where the file is not there. `old` is its path before, when it was moved. */
export interface FilePair {
  readonly path: string;
  readonly old: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Lines that changed together. Line numbers are 1-based; `removed` stood in the old text, `added` stand in the new one. */
export interface Hunk {
  readonly file: FilePair;
  readonly oldStart: number;
  readonly removed: readonly string[];
  readonly newStart: number;
  readonly added: readonly string[];
  /** The new text of the file with these lines as they were; undefined when the file was not there. */
  readonly reverted: string | undefined;
}

const MAX_MOVES = 200;
/** Old lines by new lines of a hunk of which pairs are tried. */
const MAX_PAIRS = 400;

/** Lines with their line ends: what was `\r\n` stays it. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** Paths that differ between two states; a file that was moved with most of its lines is one pair. */
export function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): FilePair[] {
  const pairs: FilePair[] = [];
  const gone = [...before.keys()].filter((path) => !after.has(path));
  const came = [...after.keys()].filter((path) => !before.has(path));
  const moved = new Map<string, string>();
  if (gone.length <= MAX_MOVES && came.length <= MAX_MOVES)
    for (const path of came) {
      const lines = new Set((after.get(path) ?? '').split(/\r?\n/));
      const shares = (old: string): number => {
        const olds = new Set((before.get(old) ?? '').split(/\r?\n/));
        return [...olds].filter((line) => lines.has(line)).length / Math.max(1, olds.size, lines.size);
      };
      const [best] = gone
        .filter((old) => ![...moved.values()].includes(old))
        .map((old) => ({ old, share: shares(old) }))
        .filter(({ share }) => share >= 0.5)
        .sort((a, b) => b.share - a.share);
      if (best !== undefined) moved.set(path, best.old);
    }
  const sources = new Set(moved.values());
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    if (sources.has(path) && !after.has(path)) continue;
    const old = moved.get(path) ?? path;
    const [was, is] = [before.get(old), after.get(path)];
    if (was !== is) pairs.push({ path, old, before: was, after: is });
  }
  return pairs;
}

function hunk(
  file: FilePair,
  oldStart: number,
  removed: readonly string[],
  newStart: number,
  added: readonly string[],
): Hunk {
  const lines = linesOf(file.after ?? '');
  const at = newStart - 1;
  const next = [...lines.slice(0, at), ...removed, ...lines.slice(at + added.length)];
  // A last line without its end must get one when something comes to stand behind it.
  const text = next
    .map((line, index) => (index < next.length - 1 && !line.endsWith('\n') ? `${line}\n` : line))
    .join('');
  return { file, oldStart, removed, newStart, added, reverted: text };
}

/** The changes of a file, the smallest first: single lines where as many came as went, then lines that stand together, then all. */
export function hunksOf(file: FilePair): Hunk[] {
  const { before, after } = file;
  const [olds, news] = [linesOf(before ?? ''), linesOf(after ?? '')];
  const whole: Hunk = { file, oldStart: 1, removed: olds, newStart: 1, added: news, reverted: before };
  if (before === undefined || after === undefined) return [whole];
  // Line ends that were all changed are no reason to take a file for new.
  const { hunks } = structuredPatch('', '', before.replaceAll('\r\n', '\n'), after.replaceAll('\r\n', '\n'), '', '', {
    context: 0,
  });
  const found: Hunk[] = [];
  const single: Hunk[] = [];
  for (const { oldStart, oldLines, newStart, newLines } of hunks) {
    // Unlike in a printed diff, a side without lines is numbered by the line that it stands before.
    const [from, to] = [oldStart, newStart];
    const removed = olds.slice(from - 1, from - 1 + oldLines).map((line) => likeEnds(line, after));
    const added = news.slice(to - 1, to - 1 + newLines);
    if (oldLines === newLines && newLines > 1)
      for (let index = 0; index < newLines; index++)
        single.push(hunk(file, from + index, [removed[index] ?? ''], to + index, [added[index] ?? '']));
    else if (oldLines > 0 && newLines > 1 && oldLines * newLines <= MAX_PAIRS)
      single.push(...pairs(file, from, removed, to, added), ...alone(file, from, removed, to, added));
    const [first, last] = withoutComments(added);
    if (last - first < newLines && last > first)
      single.push(hunk(file, from, removed, to + first, added.slice(first, last)));
    found.push(hunk(file, from, removed, to, added));
  }
  return [...single, ...found, ...(found.length > 1 || found.length === 0 ? [whole] : [])];
}

/**
 * Lines that changed beside others that were only added or removed: each old line with each new one that has its key. The
 * comment that somebody added below a value is no part of the value.
 */
function pairs(file: FilePair, from: number, removed: readonly string[], to: number, added: readonly string[]): Hunk[] {
  return removed.flatMap((old, i) =>
    added.flatMap((now, j) =>
      keyOf(old) !== '' && keyOf(old) === keyOf(now) ? [hunk(file, from + i, [old], to + j, [now])] : [],
    ),
  );
}

/** Lines that only came, or only went, beside lines that changed: scalars of their own key, each alone. */
function alone(file: FilePair, from: number, removed: readonly string[], to: number, added: readonly string[]): Hunk[] {
  const own = (lines: readonly string[], others: readonly string[]) =>
    lines.flatMap((line, index) =>
      SCALAR.test(line) && !others.some((other) => keyOf(other) === keyOf(line)) ? [{ line, index }] : [],
    );
  return [
    ...own(added, removed).map(({ line, index }) => hunk(file, from + removed.length, [], to + index, [line])),
    ...own(removed, added).map(({ line, index }) => hunk(file, from + index, [line], to + added.length, [])),
  ];
}

const SCALAR = /^\s*[\w.-]+:[ \t]+[^\s#|>&]/;

/** Hunks of one file undone together: those that do not meet, the larger first. Their lines are told from the first to the last. */
export function joined(hunks: readonly Hunk[]): Hunk | undefined {
  const size = ({ removed, added }: Hunk) => removed.length + added.length;
  const meet = (a: Hunk, b: Hunk) =>
    (a.newStart < b.newStart + Math.max(1, b.added.length) && b.newStart < a.newStart + Math.max(1, a.added.length)) ||
    (a.oldStart < b.oldStart + b.removed.length && b.oldStart < a.oldStart + a.removed.length);
  const taken: Hunk[] = [];
  for (const one of [...hunks].sort((a, b) => size(b) - size(a)))
    if (!taken.some((other) => meet(one, other))) taken.push(one);
  taken.sort((a, b) => a.newStart - b.newStart);
  const [first, last] = [taken[0], taken.at(-1)];
  if (first === undefined || last === undefined || taken.length === 1) return first;
  const { file } = first;
  if (taken.some((one) => one.file !== file)) return undefined;
  const [olds, news] = [linesOf(file.before ?? ''), linesOf(file.after ?? '')];
  const next = [...news];
  for (const { newStart, removed, added } of taken.toReversed()) next.splice(newStart - 1, added.length, ...removed);
  const begin = Math.min(...taken.map(({ oldStart }) => oldStart));
  const end = Math.max(...taken.map(({ oldStart, removed }) => oldStart + removed.length));
  return {
    file,
    oldStart: begin,
    removed: olds.slice(begin - 1, end - 1),
    newStart: first.newStart,
    added: news.slice(first.newStart - 1, last.newStart - 1 + last.added.length),
    reverted: next
      .map((line, index) => (index < next.length - 1 && !line.endsWith('\n') ? `${line}\n` : line))
      .join(''),
  };
}

/** What stands before the first colon of a line. */
function keyOf(line: string): string {
  return /^\s*(?:- )?([^#\s][^:]*):/.exec(line)?.[1] ?? '';
}

const COMMENT = /^\s*(?:#.*)?\r?\n?$/;

/** The range of lines without the comments and blank lines before and after. */
function withoutComments(lines: readonly string[]): [number, number] {
  let [first, last] = [0, lines.length];
  while (first < last && COMMENT.test(lines[first] ?? '')) first++;
  while (last > first && COMMENT.test(lines[last - 1] ?? '')) last--;
  return [first, last];
}

/** A line with the line end that a text has. */
function likeEnds(line: string, text: string): string {
  if (!line.endsWith('\n')) return line;
  return line.replace(/\r?\n$/, text.includes('\r\n') ? '\r\n' : '\n');
}

/** The unified diff that undoes a hunk, as `git apply` takes it; undefined for a file whose name a diff cannot hold. */
export function patchOf({ file, reverted }: Hunk): string | undefined {
  const { path, after } = file;
  if (!isSafeFileName(path)) return undefined;
  if (after !== undefined && reverted !== undefined) return unifiedDiff(path, after, reverted);
  const made = after === undefined;
  const lines = linesOf((made ? reverted : after) ?? '');
  const sign = made ? '+' : '-';
  const body = lines
    .map((line) => `${sign}${line}${line.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`)
    .join('');
  const range = `1,${lines.length}`;
  return (
    `diff --git a/${path} b/${path}\n${made ? 'new file mode 100644' : 'deleted file mode 100644'}\n` +
    `--- ${made ? '/dev/null' : `a/${path}`}\n+++ ${made ? `b/${path}` : '/dev/null'}\n` +
    `@@ -${made ? '0,0' : range} +${made ? range : '0,0'} @@\n${body}`
  );
}

import { unboxed } from './boxed.ts';
import { withoutStamps } from './ci-groups.ts';
import { asShown } from './screen-line.ts';
import { withoutTimes } from './stamped.ts';
import { type Break, unwrap } from './wrap.ts';

/**
 * Colours and cursor moves (ECMA-48 control sequences), and strings for whoever draws: operating system commands such as links, and
 * application program commands, in which Buildkite keeps the time of a line.
 */
const DRAWN = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)/g;
/** Spaces that chats, wikis and mail put for plain ones, and characters without width. */
const SPACES = /[\u00a0\u2007\u202f]/g;
const WIDTHLESS = /[\u200b\u2060\ufeff]/g;
/** Returns to the start of a line before anything was printed there, and the end of a line of Windows. */
const RETURNS = /^\r+|\r$/g;
/** As deep as quotes and indentation are taken off. */
const MAX_DEPTH = 4;

/** The first characters that all lines have in common, where they are only spaces, only tabs, or the mark of a quote. */
function framed(lines: readonly string[]): string | undefined {
  let common: string | undefined;
  let told = 0;
  for (const line of lines) {
    if (line.trim() === '') continue;
    told++;
    const own = /^(?:> ?| +|\t+)/.exec(line)?.[0];
    if (own === undefined) return undefined;
    common = common === undefined || own.length < common.length ? own : common;
    // A quote's empty line has no space after its mark.
    if (!line.startsWith(common.trimEnd() || common)) return undefined;
  }
  // A `>` before one line alone may be a prompt.
  return told > 1 || common?.trim() === '' ? common : undefined;
}

/** Without what stands before every line: the indentation of a paste, the marks of a quote in mail or on GitHub. */
function unframed(lines: readonly string[]): readonly string[] {
  let shown = lines;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const frame = framed(shown);
    if (frame === undefined) return shown;
    const mark = frame.trimEnd();
    shown = shown.map((line) =>
      line.startsWith(frame) ? line.slice(frame.length) : line.startsWith(mark) ? line.slice(mark.length) : line,
    );
  }
  return shown;
}

/** Lines of a quote at least: one or two begin with `>` in a prompt and in what npm or nix say of a script. */
const QUOTED = 3;
/** What else marks lines so: diff and curl, which mark what comes from the other side as well, and lines that a shell asks more of. */
const OTHER_MARKS = /^(?:[<*] |\d+(?:,\d+)?[acd]\d+|> (?:[A-Z]+ \S+ HTTP\/|\S+@\d\S* \w))/;

/** Without the marks of quotes among other lines, as people answer one in a chat or a mail; every line of such a run begins with one. */
function unquoted(lines: readonly string[]): readonly string[] {
  if (lines.some((line) => OTHER_MARKS.test(line))) return lines;
  const shown = [...lines];
  for (let from = 0; from < lines.length; from++) {
    let to = from;
    while (/^>(?: |$)/.test(lines[to] ?? '')) to++;
    if (to - from >= QUOTED) {
      const inside = unframed(lines.slice(from, to));
      for (const [at, line] of inside.entries()) shown[from + at] = line;
    }
    from = Math.max(from, to);
  }
  return shown;
}

/** A text without colours and what else only a terminal acts on. */
export function undrawn(text: string): string {
  const shown = text.includes('\b') ? text.split('\n').map(asShown).join('\n') : text;
  return shown.includes('\u001b') ? shown.replace(DRAWN, '') : shown;
}

/** Lines without colours, byte order marks and what stands before all of them, with plain spaces for those that do not break. */
function plainLines(text: string): readonly string[] {
  const drawn = undrawn(text);
  const plain = /[^\0-\u007f]/.test(drawn) ? drawn.replace(SPACES, ' ').replace(WIDTHLESS, '') : drawn;
  const lines = unboxed(unquoted(unframed(plain.split('\n').map((line) => line.replace(RETURNS, '')))));
  return withoutTimes(plain.includes('##[group]') ? withoutStamps(lines) : lines);
}

const trimmed = (lines: readonly string[]) => lines.map((line) => line.trimEnd()).join('\n');

/**
 * A text as a person reads it, line by line the same lines: without colours, byte order marks and trailing blanks, with plain
 * spaces for those that do not break, without an indentation or a quote's mark that all lines share, without those of a quote among other lines, and without the times that a job's
 * log, or whoever collected it, put before what a cluster's tools printed. Evidence is
 * numbered and cited in this form, whatever it was pasted through.
 */
export function legible(text: string): string {
  return trimmed(plainLines(text));
}

/** The same with lines whole that a screen broke (`wrap.ts`): the form in which evidence is read. `breaks` leads back to the other. */
export function readable(text: string): { readonly text: string; readonly breaks: readonly Break[] } {
  const { lines, breaks } = unwrap(plainLines(text));
  return { text: trimmed(lines), breaks };
}

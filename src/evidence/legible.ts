/** Colours and cursor moves (ECMA-48 control sequences), and operating system commands such as links. */
const DRAWN = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)/g;
/** Spaces that chats, wikis and mail put for plain ones, and characters without width. */
const SPACES = /[\u00a0\u2007\u202f]/g;
const WIDTHLESS = /[\u200b\u2060\ufeff]/g;
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
    if (!line.startsWith(common.trimEnd())) return undefined;
  }
  // A `>` before one line alone may be a prompt.
  return told > 1 || common?.trim() === '' ? common : undefined;
}

/** Without what stands before every line: the indentation of a paste, the marks of a quote in mail or on GitHub. */
function unframed(text: string): string {
  let shown = text;
  for (let depth = 0; depth < MAX_DEPTH && /^\s*[> \t]/.test(shown); depth++) {
    const lines = shown.split('\n');
    const frame = framed(lines);
    if (frame === undefined) return shown;
    const mark = frame.trimEnd();
    shown = lines
      .map((line) =>
        line.startsWith(frame) ? line.slice(frame.length) : line.startsWith(mark) ? line.slice(mark.length) : line,
      )
      .join('\n');
  }
  return shown;
}

/**
 * A text as a person reads it, line by line the same lines: without colours, byte order marks and trailing blanks, with plain
 * spaces for those that do not break, and without an indentation or a quote's mark that all lines share. Evidence is read,
 * numbered and cited in this form, whatever it was pasted through.
 */
export function legible(text: string): string {
  const drawn = text.includes('\u001b') ? text.replace(DRAWN, '') : text;
  const plain = /[^\0-\u007f]/.test(drawn) ? drawn.replace(SPACES, ' ').replace(WIDTHLESS, '') : drawn;
  const trimmed = plain
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
  return unframed(trimmed);
}

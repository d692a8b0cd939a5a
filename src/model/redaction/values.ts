/** Where the values of names end in a text. Shared by everything that hides what stands behind a name. */

const LONGEST_VALUE = 4096;

/**
 * A bare value: up to white space, or to a separator or bracket that something else follows. `a&b` is one value, `a&user=b` and
 * `a, b` are not.
 */
const BARE =
  /^(?:[^\s"'`,;&>)}\]\\]|\\(?![nrt"'\\])|["'`>)}\]](?=[A-Za-z0-9])|[,;&](?=[A-Za-z0-9])(?![\w.%-]{1,64}\s?[=:]))*/;

/** Within a percent-encoded text: up to an encoded quote, separator, bracket or space. */
const ENCODED = /^(?:[^\s"'&%]|%(?!2[026C]|0[AD]|3[BE]|5D|7D))*/i;

/** The value that begins at `start`, behind its opening quote with that quote's backslashes, if it has one. */
export function valueAt(text: string, start: number, quote: string | undefined): string {
  const ahead = text.slice(start, start + LONGEST_VALUE);
  if (quote === undefined) return BARE.exec(ahead)?.[0] ?? '';
  const mark = quote.slice(-1);
  for (let at = 0; at < ahead.length; at += 1) {
    const character = ahead[at];
    if (character === '\n' || character === '\r') return ahead.slice(0, at);
    if (character !== mark) continue;
    // A quote behind more backslashes than the opening one belongs to the value.
    let backslashes = 0;
    while (backslashes < at && ahead[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes < quote.length) return ahead.slice(0, at - backslashes);
  }
  return ahead;
}

/** A percent-encoded value that begins at `start`. */
export function encodedValueAt(text: string, start: number): string {
  return ENCODED.exec(text.slice(start, start + LONGEST_VALUE))?.[0] ?? '';
}

/** The characters of one line before `at`, at most `most` of them. */
export function lineBefore(text: string, at: number, most = 256): string {
  const before = text.slice(Math.max(0, at - most), at);
  return before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1);
}

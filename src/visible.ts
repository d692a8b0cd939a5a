/**
 * What a reader cannot see or what would steer the text around it: controls, bidirectional overrides (the "Trojan Source" trick),
 * zero-width characters, line separators, tags. They are shown by their code points.
 */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Text with nothing hidden in it: unseen characters become `[U+202E]`, half surrogate pairs the replacement character. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(UNSEEN, (mark) => `[U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

const COLOUR = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

/** Text with nothing hidden in it but the colours that a terminal is to show. */
export function visibleBesideColours(text: string): string {
  return text
    .split(COLOUR)
    .map((part, place) => (place % 2 === 1 ? part : visible(part)))
    .join('');
}

/**
 * What turns the text around it or has no width: bidirectional marks and overrides (the "Trojan Source" trick), zero-width characters,
 * line separators, tags.
 */
const TURNS = /[\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Text in which such characters are shown by their code points, such as `[U+202E]`. */
export function unturned(text: string): string {
  return text.replace(TURNS, (mark) => `[U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

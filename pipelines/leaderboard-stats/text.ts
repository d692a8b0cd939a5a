/** Names may not move the cursor, change colours, turn the direction of the text that follows, or hide anything but what joins letters and emoji. */
export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu, '�');
}

/** Columns a text takes: two for East Asian wide characters and emoji, none for combining marks. */
export function width(text: string): number {
  let columns = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

const WIDE =
  /\p{Extended_Pictographic}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\uff01-\uff60]/u;

export const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));

export function shortened(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (width(kept + segment) >= columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A code span: between two single backticks on one line, where nothing is markup (CommonMark, section 6.1). */
const CODE = /(?<!`)(`[^`\n]+`)(?!`)/;

/** Text from evidence must not become markup, a mention or a link; code spans show what they hold as it is. */
export function escapeText(text: string): string {
  const escaped = (plain: string): string =>
    plain.replace(/[\\`*_[\]<>#|~@]/g, (mark) => (mark === '<' ? '&lt;' : mark === '>' ? '&gt;' : `\\${mark}`));
  // Splitting at a group keeps what it matched, at the odd places.
  return text
    .split(CODE)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part)))
    .join('');
}

/** The length of the longest run of backticks. */
const ticks = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));

/** A fenced block whose fence is longer than any in the text. */
export function fence(text: string, language = 'text'): string {
  const mark = '`'.repeat(Math.max(2, ticks(text)) + 1);
  return `${mark}${language}\n${text}\n${mark}`;
}

/** Any text as one code span, where neither markup nor mentions mean anything; line breaks become spaces. */
export function codeSpan(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  if (line === '') return '` `';
  const mark = '`'.repeat(ticks(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${mark}${pad}${line}${pad}${mark}`;
}

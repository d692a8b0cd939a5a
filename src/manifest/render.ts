import { type Scalar, stringify } from 'yaml';
import { isObject, type Json } from './json.ts';
import type { Style } from './source.ts';

type StringType = Scalar.Type | undefined;

const OPTIONS = { version: '1.1' as const, lineWidth: 0, minContentWidth: 0 };

/** A scalar on one line, quoted as `like` was where the value is a string. */
export function renderScalar(value: null | boolean | number | string, style: Style, like?: StringType): string {
  if (style.json || (typeof value === 'string' && /[\n\r]/.test(value))) return JSON.stringify(value);
  if (typeof value !== 'string') return value === null ? 'null' : String(value);
  const quoted = like === 'QUOTE_DOUBLE' || like === 'QUOTE_SINGLE' ? like : 'PLAIN';
  const text = stringify(value, { ...OPTIONS, defaultStringType: quoted }).replace(/\n$/, '');
  return text.includes('\n') ? JSON.stringify(value) : text;
}

/** A value in flow style on one line, spaced as the file is: `{ a: 1, b: [x] }`. */
export function renderFlow(value: Json, style: Style): string {
  if (style.tight) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => renderFlow(item, style)).join(', ')}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).map(
      ([key, item]) => `${renderKey(key, style, true)}: ${renderFlow(item, style)}`,
    );
    return entries.length === 0 ? '{}' : `{${style.pad}${entries.join(', ')}${style.pad}}`;
  }
  const text = renderScalar(value as null | boolean | number | string, style);
  // A plain scalar inside brackets must not hold what ends it there.
  return typeof value === 'string' && text === value && /[,[\]{}]/.test(text) ? JSON.stringify(value) : text;
}

export function renderKey(key: string, style: Style, flow = false): string {
  if (style.json) return JSON.stringify(key);
  const text = renderScalar(key, style);
  return flow && text === key && /[,[\]{}]/.test(text) ? JSON.stringify(key) : text;
}

/** The lines of a non-empty map or list in block style, none indented. */
function blockLines(value: Json, style: Style): string[] {
  const options = { ...OPTIONS, indent: style.indent, indentSeq: style.indentSeq };
  return stringify(value, options).replace(/\n$/, '').split('\n');
}

export function isEmpty(value: Json): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/**
 * What follows a key's colon in block style: ` value`, or the lines of a map or list under a key in column `at`.
 */
export function renderUnderKey(value: Json, style: Style, at: number, like?: StringType): string {
  if (!isObject(value) && !Array.isArray(value)) return ` ${renderScalar(value, style, like)}`;
  if (isEmpty(value)) return Array.isArray(value) ? ' []' : ' {}';
  const indent = ' '.repeat(Array.isArray(value) && !style.indentSeq ? at : at + style.indent);
  return blockLines(value, style)
    .map((line) => style.eol + (line === '' ? '' : indent + line))
    .join('');
}

/** What follows the dash of a list item in column `at`; `gap` is how far the content stands from the dash. */
export function renderItem(value: Json, style: Style, at: number, gap: number): string {
  const space = ' '.repeat(gap - 1);
  if (!isObject(value) && !Array.isArray(value)) return space + renderScalar(value, style);
  if (isEmpty(value)) return space + (Array.isArray(value) ? '[]' : '{}');
  const indent = ' '.repeat(at + gap);
  return blockLines(value, style)
    .map((line, i) => (i === 0 ? space + line : style.eol + (line === '' ? '' : indent + line)))
    .join('');
}

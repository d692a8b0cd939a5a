import { isCollection, isMap, isScalar, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Json } from './json.ts';
import { isEmpty, renderFlow, renderItem, renderKey, renderScalar, renderUnderKey } from './render.ts';
import {
  afterColon,
  column,
  dashOf,
  endOf,
  isEmptyScalar,
  lineEnd,
  lineStart,
  type Parent,
  type Splice,
  type Style,
  startOf,
} from './source.ts';

/** A text with its style: what every splice is computed from. */
export interface Source {
  readonly text: string;
  readonly style: Style;
}

const isPlain = (value: Json): value is null | boolean | number | string => value === null || typeof value !== 'object';

/** What does not stand in a block as it is: an indented or empty first line, an empty last one, what is no plain character. */
const UNFIT = /^[ \n]|\n$|[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe]/;

/** Lines of text in the place of lines of text (`|`), indented as those were; undefined where such a block cannot hold them. */
function asLines(block: string, value: Json, eol: string): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, header = '', chomp, indent = ''] = /^(\|(-?)[ \t]*)\r?\n(?:[ \t]*\r?\n)*( +)/.exec(block) ?? [];
  const [body, ends] = chomp === '-' ? [value, ''] : [value.replace(/\n$/, ''), '\n'];
  if (header === '' || body === '' || body + ends !== value || UNFIT.test(body)) return undefined;
  const lines = body.split('\n').map((line) => (line === '' ? '' : indent + line));
  return [header, ...lines].join(eol) + (block.endsWith('\n') ? eol : '');
}

/** Replaces an old node by a value; `owner` is the pair it is the value of, if any. */
export function replaceNode(
  { text, style }: Source,
  node: Node | null,
  value: Json,
  parent: Parent,
  owner?: Pair,
): Splice {
  if (owner && (node === null || isEmptyScalar(node))) {
    const at = afterColon(owner);
    const rendered = parent.flow
      ? ` ${renderFlow(value, style)}`
      : renderUnderKey(value, style, column(text, startOf(owner.key as Node)));
    return { start: at, end: at, text: rendered };
  }
  const old = node as Node;
  const end = endOf(old);
  const start = startOf(old);
  if (parent.flow) return { start, end, text: renderFlow(value, style) };
  // A block scalar, or a map or list that ends with one, holds its last line break.
  const tail = text[end - 1] === '\n' ? style.eol : '';
  const lines = isScalar(old) && old.type === 'BLOCK_LITERAL' && asLines(text.slice(start, end), value, style.eol);
  if (lines) return { start, end, text: lines };
  if (isPlain(value) && !(isCollection(old) && !old.flow)) {
    const like = isScalar(old) && typeof old.value === 'string' ? (old.type as never) : undefined;
    return { start, end, text: renderScalar(value, style, like) + tail };
  }
  if (isCollection(old) && old.flow && !isEmpty(old.items as never) && !isPlain(value))
    return { start, end, text: renderFlow(value, style) };
  if (owner) {
    const under = renderUnderKey(value, style, column(text, startOf(owner.key as Node)));
    return { start: afterColon(owner), end, text: under + tail };
  }
  const space = text[start - 1] === '-' ? ' ' : '';
  return { start, end, text: space + renderItem(value, style, column(text, start) - 1 + space.length, 1) + tail };
}

/** Where a new line goes after what ends at `end`, and whether the line break stands before or behind it. */
function lineAfter({ text, style }: Source, end: number, line: string): Splice {
  if (text[end - 1] === '\n') return { start: end, end, text: line + style.eol };
  const at = lineEnd(text, end);
  return { start: at, end: at, text: style.eol + line };
}

/** A value inside a flow map or list: on lines of its own in JSON whose members stand so, else on one. */
function renderInside({ text, style }: Source, parent: Parent, value: Json): string {
  const first = parent.items[0] as Node | Pair | undefined;
  if (!style.json || isPlain(value) || first === undefined) return renderFlow(value, style);
  const [open, start] = [startOf(parent), startOf(('key' in first ? first.key : first) as Node)];
  if (!text.slice(open, start).includes('\n')) return renderFlow(value, style);
  const indentAt = (offset: number): string => /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
  const [outer, inner] = [indentAt(open), indentAt(start)];
  const step = inner.startsWith(outer) && inner !== outer ? inner.slice(outer.length) : '  ';
  return JSON.stringify(value, null, step).replaceAll('\n', style.eol + inner);
}

/** Adds `rendered` to a flow map or list at position `at`. */
function insertFlow(source: Source, parent: Parent, at: number, rendered: string): Splice {
  const { text, style } = source;
  const items = parent.items as (Node | Pair)[];
  const open = startOf(parent);
  if (items.length === 0) {
    const end = endOf(parent);
    const [left, right] = [text[open] ?? '{', text[end - 1] ?? '}'];
    const pad = left === '{' ? style.pad : '';
    return { start: open, end, text: left + pad + rendered + pad + right };
  }
  const first = items[0] as Node | Pair;
  const firstStart = startOf(('key' in first ? first.key : first) as Node);
  const broken = text.slice(open, firstStart).includes('\n');
  const between = broken ? style.eol + text.slice(lineStart(text, firstStart), firstStart) : style.tight ? '' : ' ';
  if (at === 0) return { start: firstStart, end: firstStart, text: `${rendered},${between}` };
  const before = endOf(items[at - 1] as Node | Pair);
  return { start: before, end: before, text: `,${between}${rendered}` };
}

/** Adds a key to a map: behind its last pair. */
export function insertPair(source: Source, map: YAMLMap, key: string, value: Json): Splice {
  const { text, style } = source;
  const name = renderKey(key, style, map.flow === true);
  if (map.flow) {
    const colon = style.tight ? ':' : ': ';
    return insertFlow(source, map, map.items.length, `${name}${colon}${renderInside(source, map, value)}`);
  }
  const at = column(text, startOf(map.items[0]?.key as Node));
  return lineAfter(source, endOf(map), `${' '.repeat(at)}${name}:${renderUnderKey(value, style, at)}`);
}

/** Adds an item to a list before position `at`. */
export function insertItem(source: Source, list: YAMLSeq, at: number, value: Json): Splice {
  const { text, style } = source;
  if (list.flow) return insertFlow(source, list, at, renderInside(source, list, value));
  const dash = dashOf(list, 0) ?? startOf(list);
  const indent = column(text, dash);
  const first = list.items[0] as Node | undefined;
  const sameLine = first && !text.slice(dash, startOf(first)).includes('\n');
  const gap = sameLine && !isEmptyScalar(first) ? Math.max(2, startOf(first) - dash) : 2;
  const line = `${' '.repeat(indent)}-${renderItem(value, style, indent, gap)}`;
  if (at > 0) return lineAfter(source, endOf(list.items[at - 1] as Node), line);
  return { start: dash, end: dash, text: `${line.slice(indent)}${style.eol}${' '.repeat(indent)}` };
}

/** Removes pair or item `at` of `parent`, which holds at least two. */
export function removeAt({ text }: Source, parent: Parent, at: number): Splice {
  const items = parent.items as (Node | Pair)[];
  const begin = (i: number): number => {
    const item = items[i] as Node | Pair;
    if (!parent.flow && !isMap(parent)) return dashOf(parent as YAMLSeq, i) ?? startOf(item as Node);
    return startOf(('key' in item ? item.key : item) as Node);
  };
  const start = begin(at);
  const end = endOf(items[at] as Node | Pair);
  if (parent.flow) {
    if (at + 1 < items.length) return { start, end: begin(at + 1), text: '' };
    return { start: endOf(items[at - 1] as Node | Pair), end, text: '' };
  }
  const line = lineStart(text, start);
  if (text.slice(line, start).trim() !== '') {
    // Behind the dash of a list item: the next key moves up into its place.
    return at + 1 < items.length ? { start, end: begin(at + 1), text: '' } : { start, end, text: '' };
  }
  if (text[end - 1] === '\n') return { start: line, end, text: '' };
  const stop = lineEnd(text, end);
  if (stop < text.length) return { start: line, end: text.indexOf('\n', stop) + 1, text: '' };
  return { start: line === 0 ? 0 : lineEnd(text, lineStart(text, line - 1)), end: stop, text: '' };
}

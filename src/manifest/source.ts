import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** How a text is written, so that what is added looks like what stands there. */
export interface Style {
  readonly eol: '\n' | '\r\n';
  /** Spaces a nested map stands to the right of its parent. */
  readonly indent: number;
  /** Whether the dashes of a list stand to the right of their parent's key. */
  readonly indentSeq: boolean;
  /** A JSON file: every string and key is quoted. */
  readonly json: boolean;
  /** What stands between the braces of a map in flow style and what it holds. */
  readonly pad: '' | ' ';
  /** JSON without a space behind its colons and commas. */
  readonly tight: boolean;
}

/** One replacement in a text: the characters from `start` up to `end` become `text`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Parent = YAMLMap | YAMLSeq;

export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** The offset of the line break that ends the line (of its `\r` on Windows), or the end of the text. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  if (found === -1) return text.length;
  return text[found - 1] === '\r' && found > offset ? found - 1 : found;
}

export const column = (text: string, offset: number): number => offset - lineStart(text, offset);

/** Where a node's own text starts, its anchor and tag included where they stand on the same line. */
export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** The offset behind the colon of a pair of a block or flow map, or behind its key when it has none. */
export function afterColon(pair: Pair): number {
  const source = pair.srcToken;
  const colon = source?.sep?.find((token) => token.type === 'map-value-ind');
  if (colon && 'offset' in colon) return colon.offset + 1;
  return endOf(pair.key as Node);
}

/** Where the last character of a node or pair stands, plus one. Trailing comments are outside, a block scalar's last line break inside. */
export function endOf(node: Node | Pair): number {
  if (isPair(node)) {
    const value = node.value as Node | null;
    if (value === null || isEmptyScalar(value)) return Math.max(afterColon(node), value?.range?.[0] ?? 0);
    return endOf(value);
  }
  if (isCollection(node) && !node.flow) {
    const last = node.items.at(-1) as Node | Pair | undefined;
    if (last) return last === null ? (node.range?.[1] ?? 0) : endOf(last);
  }
  return node.range?.[1] ?? 0;
}

export function isEmptyScalar(node: Node): boolean {
  return (
    isScalar(node) &&
    node.range !== undefined &&
    node.range !== null &&
    node.range[0] === node.range[1] &&
    node.value === null
  );
}

/** The offset of the `-` of item `at` of a block list. */
export function dashOf(list: YAMLSeq, at: number): number | undefined {
  const token = list.srcToken;
  if (token?.type !== 'block-seq') return undefined;
  const dash = token.items[at]?.start.find((part) => part.type === 'seq-item-ind');
  return dash && 'offset' in dash ? dash.offset : undefined;
}

export function keyText(pair: Pair): string {
  const key = pair.key;
  if (isScalar(key)) return key.value === null ? '' : String(key.value);
  return typeof key === 'string' ? key : '';
}

function firstStep(text: string, node: unknown): number | undefined {
  if (!isMap(node) || node.flow) return undefined;
  for (const pair of node.items) {
    const value = pair.value;
    if (isMap(value) && !value.flow && value.items[0]) {
      const step = column(text, startOf(value.items[0].key as Node)) - column(text, startOf(pair.key as Node));
      if (step > 0) return step;
    }
  }
  return undefined;
}

function firstSeqIndented(text: string, node: unknown): boolean | undefined {
  if (isMap(node) && !node.flow) {
    for (const pair of node.items) {
      const value = pair.value;
      if (isSeq(value) && !value.flow) {
        const dash = dashOf(value, 0);
        if (dash !== undefined) return column(text, dash) > column(text, startOf(pair.key as Node));
      }
      const below = firstSeqIndented(text, value);
      if (below !== undefined) return below;
    }
  } else if (isCollection(node) && !isAlias(node)) {
    for (const item of node.items) {
      const below = firstSeqIndented(text, item);
      if (below !== undefined) return below;
    }
  }
  return undefined;
}

/** The space behind the brace of the first map in flow style that holds something on its line. */
function firstPad(text: string, node: unknown): '' | ' ' | undefined {
  if (!isCollection(node)) return undefined;
  if (isMap(node) && node.flow && node.items.length > 0) {
    const open = text.indexOf('{', startOf(node));
    const inside = text.slice(open + 1, startOf(node.items[0]?.key as Node));
    if (!inside.includes('\n')) return inside === '' ? '' : ' ';
  }
  for (const item of node.items) {
    const below = firstPad(text, isPair(item) ? item.value : item);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Whether the first key, or the first item of a list that is no map, is in double quotes, as JSON has it. */
function isQuoted(node: unknown): boolean {
  if (isSeq(node)) return isQuoted(node.items[0]);
  const first = isMap(node) ? node.items[0]?.key : node;
  return isScalar(first) && first.type === 'QUOTE_DOUBLE';
}

/** Reads the style of a document from its text. */
export function styleOf(text: string, contents: Node | null): Style {
  const breaks = text.match(/\n/g)?.length ?? 0;
  const windows = text.match(/\r\n/g)?.length ?? 0;
  const opening = contents && text[startOf(contents)];
  const json = (opening === '{' || opening === '[') && isQuoted(contents);
  return {
    eol: windows * 2 > breaks ? '\r\n' : '\n',
    indent: firstStep(text, contents) ?? 2,
    indentSeq: firstSeqIndented(text, contents) ?? true,
    json,
    pad: firstPad(text, contents) ?? (json ? '' : ' '),
    tight: json && !/":[ \n\r]/.test(text),
  };
}

export type { Parent };

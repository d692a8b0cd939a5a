import { isObject, type Json, valueAt } from './json.ts';

/** A part of a document that can be read by itself, and where it stands in the document's value. */
export interface Region {
  readonly start: number;
  readonly end: number;
  /** How many tokens of the path lead to it. */
  readonly depth: number;
  /** Stands before the part while it is read by itself: what keeps its first line in its column. */
  readonly pad: string;
}

/** Documents up to `document` are read whole, and parts up to `part` are not divided further. Characters. */
export const REGION_SIZES = { document: 256 * 1024, part: 32 * 1024 } as const;
type Sizes = { readonly document: number; readonly part: number };

interface Block {
  readonly start: number;
  readonly end: number;
  readonly column: number;
}

interface Entry {
  /** Key of a map, undefined for an item of a list. */
  readonly key?: string;
  readonly line: number;
  /** Behind the colon or dash. */
  readonly behind: number;
  readonly end: number;
}

const KEY = /("(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|[A-Za-z_./](?:[^\n:#]*[^\n:# ])?)[ ]*:(?=[ \r\n]|$)/y;

/** Plain keys that are no strings: YAML reads them as booleans, nulls or numbers. */
const NO_STRING = /^(?:y|n|yes|no|on|off|true|false|null|\.(?:inf|nan|\d.*))$/i;

function keyAt(text: string, at: number): { key: string; behind: number } | undefined {
  KEY.lastIndex = at;
  const found = KEY.exec(text)?.[1];
  if (found === undefined) return undefined;
  const behind = KEY.lastIndex;
  try {
    if (found.startsWith('"')) return { key: String(JSON.parse(found)), behind };
  } catch {
    return undefined;
  }
  if (NO_STRING.test(found)) return undefined;
  return { key: found.startsWith("'") ? found.slice(1, -1).replaceAll("''", "'") : found, behind };
}

const isDash = (text: string, at: number): boolean => text[at] === '-' && /[ \r\n]|^$/.test(text[at + 1] ?? '');

/**
 * The entries of a map or list in block style. In YAML whatever belongs to an entry stands deeper than it, in scalars too
 * (but for the dashes of a list that is a map's value), so lines of the block's own column are its entries. Undefined where
 * one is no plain entry.
 */
function entriesOf(text: string, { start, end, column }: Block): Entry[] | undefined {
  const entries: { key?: string; line: number; behind: number }[] = [];
  let list: boolean | undefined;
  for (let line = start; line < end; ) {
    const stop = text.indexOf('\n', line);
    const next = stop === -1 || stop >= end ? end : stop + 1;
    // The first entry of a list item's map stands behind the dash.
    const from = line === start ? start - columnOf(text, start) : line;
    let at = line;
    while (at < next && text[at] === ' ') at++;
    const blank = at >= next || text[at] === '\n' || text[at] === '\r' || text[at] === '#';
    if (!blank) {
      if (text[at] === '\t' || at - from < column) return undefined;
      if (at - from === column) {
        const dash = isDash(text, at);
        list ??= dash;
        if (list && !dash) return undefined;
        if (list) entries.push({ line, behind: at + 1 });
        else if (!dash) {
          const found = keyAt(text, at);
          if (!found || found.key === '<<') return undefined;
          entries.push({ ...found, line });
        } else if (entries.length === 0) return undefined;
      } else if (entries.length === 0) return undefined;
    }
    line = next;
  }
  return entries.map((entry, i) => ({ ...entry, end: entries[i + 1]?.line ?? end }));
}

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1);

/** The block that begins with the first line of content from `start` on. */
function blockFrom(text: string, start: number, end: number): Block | undefined {
  for (let line = start; line < end; ) {
    let at = line;
    while (text[at] === ' ') at++;
    if (at < end && !/[\r\n#]/.test(text[at] ?? '\n')) {
      const begins = isDash(text, at) || keyAt(text, at) !== undefined;
      return begins ? { start: line, end, column: at - line } : undefined;
    }
    const stop = text.indexOf('\n', at);
    if (stop === -1) break;
    line = stop + 1;
  }
  return undefined;
}

/** The block that is the value of an entry, where it is one. */
function blockBelow(text: string, { behind, end, key }: Entry): Block | undefined {
  const rest = /[ ]*(?:#[^\n]*)?(?:\r?\n|$)/y;
  rest.lastIndex = behind;
  if (!rest.test(text)) {
    if (key !== undefined) return undefined;
    // `- key: value`: the map begins behind the dash.
    let at = behind;
    while (text[at] === ' ') at++;
    return keyAt(text, at) ? { start: at, end, column: columnOf(text, at) } : undefined;
  }
  return blockFrom(text, rest.lastIndex, end);
}

/** Whether the text may hold what binds one place to another, or to more than its characters: anchors, aliases, tags. */
const hasBonds = (text: string): boolean => /(?:^ *|[:?-] +|[[{,] *)[&*!][^\s&]/m.test(text);

/**
 * The smallest part of a large block-style document that holds `path` and can be read by itself: its value is then the
 * document's value below the first `depth` tokens. Undefined where the document is small or not that simple.
 */
export function regionFor(text: string, path: readonly string[], sizes: Sizes = REGION_SIZES): Region | undefined {
  if (text.length <= sizes.document || hasBonds(text)) return undefined;
  const marker = /^(?:[ ]*(?:#[^\n]*)?\r?\n)*(?:---[ ]*(?:#[^\n]*)?\r?\n)?/.exec(text)?.[0].length ?? 0;
  let block: Block | undefined = blockFrom(text, marker, text.length);
  let region: Region | undefined;
  for (const [depth, token] of path.slice(0, -1).entries()) {
    if (!block || block.end - block.start <= sizes.part) break;
    const entries = entriesOf(text, block);
    if (!entries) return undefined;
    const isList = entries[0]?.key === undefined;
    const found = isList
      ? /^(?:0|[1-9][0-9]*)$/.test(token) && entries[Number(token)]
      : entries.filter(({ key }) => key === token);
    const entry = Array.isArray(found) ? (found.length === 1 ? found[0] : undefined) : found;
    if (!entry) break;
    block = blockBelow(text, entry);
    if (block) region = regionOf(text, block, depth + 1);
  }
  return region;
}

const regionOf = (text: string, { start, end }: { start: number; end: number }, depth: number): Region => ({
  start,
  end,
  depth,
  pad: ' '.repeat(columnOf(text, start)),
});

/** The same for JSON, whose parts are found by their brackets. `json` is what the text says. */
export function jsonRegionFor(
  text: string,
  json: Json,
  path: readonly string[],
  sizes: Sizes = REGION_SIZES,
): Region | undefined {
  if (text.length <= sizes.document) return undefined;
  let region: Region | undefined;
  let at = /\S/.exec(text)?.index ?? 0;
  let end = endBefore(text, text.length);
  for (const [depth, token] of path.slice(0, -1).entries()) {
    if (end - at <= sizes.part) break;
    const below = valueAt(json, path.slice(0, depth + 1));
    if (!isObject(below) && !Array.isArray(below)) break;
    const found = memberOf(text, at, token);
    if (!found) break;
    [at, end] = found;
    // What is quoted shows only in an object that this is JSON.
    if (isObject(below)) region = regionOf(text, { start: at, end }, depth + 1);
  }
  return region;
}

const STRING = /"(?:[^"\\]|\\.)*"/y;

function stringEnd(text: string, at: number): number {
  STRING.lastIndex = at;
  STRING.test(text);
  return STRING.lastIndex;
}

/** The end of what stands before `at`, white space left out. */
function endBefore(text: string, at: number): number {
  let end = at;
  while (/\s/.test(text[end - 1] ?? '')) end--;
  return end;
}

/** Where the value of a key, or an item, of the object or list at `at` stands; undefined where it is not there once. */
function memberOf(text: string, at: number, token: string): [number, number] | undefined {
  const isList = text[at] === '[';
  const spans: [number, number][] = [];
  let depth = 0;
  let index = 0;
  let start = -1;
  let wanted = isList && token === '0';
  for (let i = at; i < text.length; i++) {
    const char = text[i] ?? '';
    if (/\s/.test(char)) continue;
    const closes = char === '}' || char === ']';
    if (depth === 1 && (char === ',' || closes)) {
      if (wanted && start !== -1) spans.push([start, endBefore(text, i)]);
      start = -1;
      wanted = isList && String(++index) === token;
    } else if (depth === 1 && char === '"' && !isList && start === -1) {
      const end = stringEnd(text, i);
      wanted = JSON.parse(text.slice(i, end)) === token;
      i = text.indexOf(':', end);
      start = -2;
      continue;
    } else if (depth === 1 && start < 0 && (isList || start === -2)) start = i;
    if (char === '"') i = stringEnd(text, i) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (closes && --depth === 0) break;
  }
  return spans.length === 1 ? spans[0] : undefined;
}

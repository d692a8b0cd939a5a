import { type Document, isAlias, isMap, isSeq, type Node, type Pair, type YAMLSeq } from 'yaml';
import { OpslineError } from '../errors.ts';
import { equalJson, isObject, type Json, valueAt } from './json.ts';
import { parseDocuments, toJson } from './parse.ts';
import { applyOperation, formatPointer, type Operation, parsePointer } from './patch.ts';
import { jsonRegionFor, REGION_SIZES, regionFor } from './region.ts';
import { keyText, type Parent, type Splice, styleOf } from './source.ts';
import { insertItem, insertPair, removeAt, replaceNode, type Source } from './splice.ts';
import { splitDocuments } from './split.ts';

function refuse(path: string, why: string): never {
  throw new OpslineError('manifest-invalid', `cannot edit ${path} in place: ${why}`);
}

const find = (parent: Parent, token: string): number =>
  isMap(parent)
    ? parent.items.findIndex((pair) => keyText(pair) === token)
    : Number(token === '-' ? parent.items.length : token);

/**
 * The splice that makes `document` hold `expected`, the outcome of `operation`. Where the path runs through an alias or a
 * merged map, the whole value at that level is written out, so that the other users of the anchor keep theirs.
 */
function spliceFor(source: Source, document: Document, operation: Operation, expected: Json): Splice {
  const path = parsePointer(operation.path);
  let node = document.contents as Node | null;
  if (path.length === 0 || node === null) refuse(operation.path, 'a whole document is never replaced');
  let holder: { parent: Parent; owner?: Pair } | undefined;
  for (const [depth, token] of path.entries()) {
    if (!isMap(node) && !isSeq(node)) refuse(operation.path, 'its parent is neither map nor list');
    const parent: Parent = node;
    const last = depth === path.length - 1;
    const value = valueAt(expected, path.slice(0, depth + 1));
    const at = find(parent, token);
    const pair = isMap(parent) ? (parent.items[at] as Pair | undefined) : undefined;
    const child = (pair ? pair.value : isMap(parent) ? undefined : parent.items[at]) as Node | null | undefined;
    const add = (): Splice => {
      const empty = parent.items.length === 0;
      // `{}` under a key in block style opens up into lines.
      if (empty && holder && !holder.parent.flow)
        return replaceNode(
          source,
          parent,
          valueAt(expected, path.slice(0, depth)) as Json,
          holder.parent,
          holder.owner,
        );
      if (isMap(parent)) return insertPair(source, parent, token, value as Json);
      return insertItem(source, parent as YAMLSeq, at, valueAt(expected, [...path.slice(0, depth), at]) as Json);
    };
    if (child === undefined) {
      if (operation.op === 'remove') refuse(operation.path, 'it comes from a merged map');
      return add();
    }
    if (last && operation.op === 'remove') {
      if (parent.items.length > 1) return removeAt(source, parent, at);
      if (!holder) refuse(operation.path, 'it is all the document holds');
      return replaceNode(source, parent, isMap(parent) ? {} : [], holder.parent, holder.owner);
    }
    if (last && operation.op === 'add' && isSeq(parent)) return add();
    if (last || isAlias(child)) {
      if (value === undefined) refuse(operation.path, 'it has no value');
      return replaceNode(source, child, value, parent, pair);
    }
    holder = pair ? { parent, owner: pair } : { parent };
    node = child;
  }
  return refuse(operation.path, 'the path is empty');
}

/** A text and what it was read as. */
interface Read {
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
}

const read = (text: string): Read => ({ text, documents: parseDocuments('the manifest', text).documents });

/** The splices as one text; undefined where two of them concern the same characters. */
function spliced(text: string, splices: readonly Splice[]): string | undefined {
  const ordered = [...splices].sort((a, b) => a.start - b.start || a.end - b.end);
  let done = 0;
  let result = '';
  for (const [i, { start, end, text: added }] of ordered.entries()) {
    const before = ordered[i - 1];
    // Several insertions at one place stand in the order in which they were asked for.
    if (start < done || (before && before.start === start && before.end !== end)) return undefined;
    result += text.slice(done, start) + added;
    done = end;
  }
  return result + text.slice(done);
}

/** The outcome of splices, read back; undefined unless it says `expected` in document `index` and the same as before in all others. */
function readBack(before: Read, index: number, splices: readonly Splice[], expected: Json): Read | undefined {
  const edited = spliced(before.text, splices);
  return edited === undefined ? undefined : believed(before, read(edited), index, expected);
}

/** What was read after an edit, if it says `expected` in document `index` and the same as before in all others. */
function believed({ documents }: Read, after: Read, index: number, expected: Json): Read | undefined {
  const same =
    after.documents.length === documents.length &&
    after.documents.every((other, i) =>
      equalJson(toJson(other), i === index ? expected : toJson(documents[i] as Document)),
    );
  return same ? after : undefined;
}

type Place = readonly (string | number)[];

/** The places to write so that `actual` becomes `expected`; of a map or list that holds too much, it as a whole. */
function differences(actual: Json | undefined, expected: Json, path: Place = []): Place[] {
  if (isObject(actual) && isObject(expected)) {
    if (Object.keys(actual).some((key) => !Object.hasOwn(expected, key))) return [path];
    return Object.entries(expected).flatMap(([key, value]) => differences(actual[key], value, [...path, key]));
  }
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length)
    return expected.flatMap((value, i) => differences(actual[i], value, [...path, i]));
  return equalJson(actual, expected) ? [] : [path];
}

/** More places than these are not written out for the sake of one edit. */
const MOST_SHARING = 20;
const remarks = (text: string): number => text.match(/(?<=^|\s)#/gm)?.length ?? 0;

/**
 * The edit of what an anchor names, with the places that share it written out as they were, so that it changes where it is meant
 * alone; undefined where that would lose a comment.
 */
function editShared(before: Read, index: number, splice: Splice, expected: Json): Read | undefined {
  let text = spliced(before.text, [splice]);
  const comments = text === undefined ? 0 : remarks(text);
  for (let round = 0; text !== undefined && round < MOST_SHARING; round++) {
    const after = read(text);
    const document = after.documents[index];
    const [place] = document ? differences(toJson(document), expected) : [];
    if (!document || !place) break;
    const path = formatPointer(place);
    const source: Source = { text, style: styleOf(text, document.contents) };
    const operation: Operation = { op: 'replace', path, value: valueAt(expected, place) as Json };
    text = spliced(text, [spliceFor(source, document, operation, expected)]);
  }
  return text === undefined || remarks(text) < comments ? undefined : believed(before, read(text), index, expected);
}

function editOnce(before: Read, index: number, operation: Operation): Read {
  const document = before.documents[index];
  if (!document) refuse(operation.path, `the file has no document ${index}`);
  const expected = applyOperation(toJson(document), operation);
  if (operation.op === 'test') return before;
  const source: Source = { text: before.text, style: styleOf(before.text, document.contents) };
  const splice = spliceFor(source, document, operation, expected);
  // The edit is believed only when reading it back gives exactly what was meant.
  let after: Read | undefined;
  try {
    after = readBack(before, index, [splice], expected);
    if (!after && before.text.includes('&')) after = editShared(before, index, splice, expected);
  } catch (error) {
    throw new OpslineError('manifest-invalid', `cannot edit ${operation.path} in place: the result does not parse`, {
      cause: error,
    });
  }
  return after ?? refuse(operation.path, 'an anchor, tag or style of this document does not allow it');
}

/** All operations on the text as it stands; undefined where they lean on each other, or the outcome is not the expected one. */
function editTogether(before: Read, index: number, operations: readonly Operation[]): Read | undefined {
  const document = before.documents[index];
  if (!document) return undefined;
  const source: Source = { text: before.text, style: styleOf(before.text, document.contents) };
  try {
    const placed: { readonly depth: number; readonly splice: Splice }[] = [];
    let json = toJson(document);
    for (const operation of operations) {
      json = applyOperation(json, operation);
      const depth = parsePointer(operation.path).length;
      if (operation.op !== 'test') placed.push({ depth, splice: spliceFor(source, document, operation, json) });
    }
    // Where a map and the one around it end at one place, what comes to the inner one stands first.
    const splices = placed.sort((a, b) => b.depth - a.depth).map(({ splice }) => splice);
    return readBack(before, index, splices, json);
  } catch {
    return undefined;
  }
}

function editedAt(text: string, index: number, operations: readonly Operation[]): string {
  const before = read(text);
  const together = operations.length > 1 ? editTogether(before, index, operations) : undefined;
  return (together ?? operations.reduce((now, operation) => editOnce(now, index, operation), before)).text;
}

/**
 * Applies RFC 6902 operations to document `index` of a YAML or JSON text by replacing as few characters as possible:
 * comments, order, quoting, indentation, anchors, line ends and every untouched line stay as they are, byte for byte.
 *
 * Throws `invalid-input` when an operation does not apply to the document's value, and `manifest-invalid` when the text
 * cannot be edited so that exactly this value changes. Places that share what is edited by an anchor are written out as they were.
 */
export function editDocument(text: string, index: number, operations: readonly Operation[]): string {
  return new TextEditor(text).preview(index, operations);
}

/** What a JSON text says; undefined where the text is none. */
function jsonOf(text: string): Json | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** One operation on a large document, of which only the part that holds the path is read; undefined where that cannot be. */
function editRegion(text: string, operation: Operation): string | undefined {
  const path = parsePointer(operation.path);
  const json = jsonOf(text);
  const region = json === undefined ? regionFor(text, path) : jsonRegionFor(text, json, path);
  if (!region) return undefined;
  const { start, end, depth, pad } = region;
  const part = pad + text.slice(start, end);
  try {
    const edited = editedAt(part, 0, [{ ...operation, path: formatPointer(path.slice(depth)) }]);
    if (!edited.startsWith(pad) || edited.endsWith('\n') !== part.endsWith('\n')) return undefined;
    if (json !== undefined && jsonOf(edited) === undefined) return undefined;
    return text.slice(0, start) + edited.slice(pad.length) + text.slice(end);
  } catch {
    // The document as a whole may allow it, or says better why not.
    return undefined;
  }
}

/** The text of one document after operations. */
const editedAlone = (text: string, operations: readonly Operation[]): string =>
  text.length <= REGION_SIZES.document
    ? editedAt(text, 0, operations)
    : operations.reduce((now, operation) => editRegion(now, operation) ?? editedAt(now, 0, [operation]), text);

/** Edits many documents of one text as {@link editDocument} does, and reads only what it edits. */
export class TextEditor {
  /** The texts of the documents; of the whole, where it cannot be cut. */
  #parts: string[];
  readonly #isCut: boolean;

  constructor(text: string) {
    const parts = splitDocuments(text);
    this.#isCut = parts !== undefined;
    this.#parts = parts ?? [text];
  }

  /** The text with all edits. */
  get text(): string {
    return this.#parts.join('');
  }

  /** The text with the edits so far and these, which are not kept. */
  preview(index: number, operations: readonly Operation[]): string {
    return this.#edited(index, operations).join('');
  }

  /** Keeps an edit. One that throws changes nothing. */
  edit(index: number, operations: readonly Operation[]): void {
    this.#parts = this.#edited(index, operations);
  }

  #edited(index: number, operations: readonly Operation[]): string[] {
    if (operations.length === 0) return this.#parts;
    const part = this.#parts[index];
    if (!this.#isCut) return [editedAt(this.text, index, operations)];
    if (part === undefined) refuse(operations[0]?.path ?? '', `the file has no document ${index}`);
    return this.#parts.with(index, editedAlone(part, operations));
  }
}

import { isAlias, isMap, isSeq, type Node } from 'yaml';
import { parseDocuments } from './parse.ts';
import { parsePointer } from './patch.ts';
import { keyText, startOf } from './source.ts';

/** A place in a text: 1-based line and column, the column in UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** {@link placeFinder} of several files, each read once, when it is first asked for. */
export function placeFinders(textOf: (file: string) => string): (file: string) => ReturnType<typeof placeFinder> {
  const finders = new Map<string, ReturnType<typeof placeFinder>>();
  return (file) => {
    const finder = finders.get(file) ?? placeFinder(file, textOf(file));
    finders.set(file, finder);
    return finder;
  };
}

/**
 * A function that gives the place of a JSON pointer in document `index` of a text: its key, or the item of a list. Where the
 * path ends early, that of its deepest part that is there.
 */
export function placeFinder(file: string, text: string): (index: number, pointer: string) => Place {
  const { documents, lines } = parseDocuments(file, text);
  return (index, pointer) => {
    let node = (documents[index]?.contents ?? null) as Node | null;
    let offset = node ? startOf(node) : 0;
    for (const token of parsePointer(pointer)) {
      if (isAlias(node) && documents[index]) node = node.resolve(documents[index]) ?? null;
      if (isMap(node)) {
        const pair = node.items.find((item) => keyText(item) === token);
        if (!pair) break;
        offset = startOf(pair.key as Node);
        node = pair.value as Node | null;
      } else if (isSeq(node) && node.items[Number(token)]) {
        node = node.items[Number(token)] as Node;
        offset = startOf(node);
      } else break;
    }
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

import { type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { trace } from '../../../src/manifest/kustomize/trace.ts';
import { formatPointer, type Operation, parsePointer } from '../../../src/manifest/patch.ts';
import { compile, set } from '../edits.ts';

/** Path of an operation's target in an object, positions in lists as numbers; `append` where it adds to a list. */
export function targetOf(object: JsonObject, { op, path }: Operation): { path: (string | number)[]; append: boolean } {
  const tokens = parsePointer(path);
  const typed = tokens.map((token, i) =>
    Array.isArray(valueAt(object, tokens.slice(0, i))) && token !== '-' ? Number(token) : token,
  );
  const list = valueAt(object, tokens.slice(0, -1));
  const append = op === 'add' && Array.isArray(list) && (tokens.at(-1) === '-' || typed.at(-1) === list.length);
  return { path: append ? typed.slice(0, -1) : typed, append };
}

/** What an operation on a built object is on one of the documents that it is made of; undefined where it means nothing there. */
export function inDocument(document: JsonObject, object: JsonObject, operation: Operation): Operation[] | undefined {
  const { path, append } = targetOf(object, operation);
  const { path: found, depth } = trace(document, object, path);
  if (operation.op === 'test') return [];
  if (operation.op === 'remove')
    return depth === path.length ? [{ op: 'remove', path: formatPointer(found) }] : undefined;
  if (append && depth === path.length)
    return [{ op: 'add', path: `${formatPointer(found)}/-`, value: operation.value }];
  const rest = path.slice(depth);
  // An item of a list that this document does not have.
  if (rest.some((key) => typeof key === 'number')) return undefined;
  const operations = compile(document, [set([...found, ...rest], append ? [operation.value] : operation.value)]);
  return operations.length > 0 ? operations : undefined;
}

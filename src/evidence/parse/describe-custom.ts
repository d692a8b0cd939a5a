import { asObject, type Json } from '../../json.ts';
import { child, type Node, parseTree } from './tree.ts';

/** `Last Transition Time` → `lastTransitionTime`. */
function camel(key: string): string {
  const words = key.split(/\s+/).map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1)));
  const joined = words.join('');
  return /^[A-Z][a-z]/.test(joined) ? joined[0]?.toLowerCase() + joined.slice(1) : joined;
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Entries in runs, a new one where `starts` says so. */
function runs(entries: readonly Node[], starts: (key: string, run: readonly Node[]) => boolean): Node[][] {
  const out: Node[][] = [[]];
  for (const entry of entries) {
    const run = out.at(-1) ?? [];
    if (run.length > 0 && starts(entry.key, run)) out.push([entry]);
    else run.push(entry);
  }
  return out;
}

/**
 * Describe prints lists without dashes, and keys in their order: a key that comes again means the next element, and so does one
 * that goes back in the alphabet. Where that makes more elements than any key has values, the keys are in no order.
 */
function elementsOf(entries: readonly Node[]): Node[][] {
  const again = (key: string, run: readonly Node[]) => run.some((entry) => entry.key === key);
  const counts = new Map<string, number>();
  for (const { key } of entries) counts.set(key, (counts.get(key) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const ordered = runs(entries, (key, run) => again(key, run) || camel(key) < camel(run.at(-1)?.key ?? ''));
  return ordered.length === most ? ordered : runs(entries, again);
}

function valueOfNode(node: Node): unknown {
  if (node.children.length === 0) {
    if (node.lines.length === 0) return scalar(node.value);
    return node.value === '' ? node.lines : [node.value, ...node.lines].join('\n');
  }
  const elements = elementsOf(node.children).map((run) =>
    Object.fromEntries(run.map((entry) => [camel(entry.key), valueOfNode(entry)])),
  );
  // A list of one prints like an object: resources of a sync are a list, those of a container are not.
  const list =
    elements.length > 1 ||
    /^(Listeners|Ancestors|Statuses|Events|Owner References)$/.test(node.key) ||
    // A few controllers keep them in a map by type.
    (node.key === 'Conditions' && node.children.some((entry) => entry.children.length === 0)) ||
    (node.key === 'Resources' && Object.hasOwn(elements[0] ?? {}, 'kind'));
  return list ? elements : elements[0];
}

/** A field of an object as kubectl prints it: at least two spaces before the value. */
const FIELD = /^\s*[^\s:][^:]*:(?:\s{2,}\S.*|\s*)$/;
/** A key of several words that kubectl did not write, which begins each with a capital: a sentence that ends in a colon. */
const SENTENCE = /^\s*[^\s:][^:]*\s[a-z("'][^:]*:/;
/** A number before a line, as where a text shows the source of something. */
const NUMBERED = /^\s*\d+:/;
/** One that a person or a program has written otherwise. */
const RETYPED = /^\s*(?:Kind|Type|Status|Reason|Phase|Generation|Last Transition Time): \S/;

/**
 * The tree of a custom resource. What looks like a key but stands only one space before its value is text: a member of a list of
 * texts, or a further line of a message, which begins wherever it likes. Neither ends the object that it stands in.
 */
function treeOf(lines: readonly string[]): Node {
  if (!lines.some((line) => /^Name:\s{2,}\S/.test(line)) || lines.some((line) => RETYPED.test(line)))
    return parseTree(lines);
  const events = lines.findIndex((line) => /^Events:/.test(line));
  const shown = events < 0 ? lines : lines.slice(0, events);
  const fields: string[] = [];
  const texts = new Map<number, string[]>();
  for (const line of shown) {
    const own = texts.get(fields.length - 1);
    const isText = () => SENTENCE.test(line) || (own !== undefined && NUMBERED.test(line));
    if (FIELD.test(line) && !isText()) fields.push(line);
    else if (own !== undefined) own.push(line.trim());
    else if (fields.length > 0 && line.trim() !== '') texts.set(fields.length - 1, [line.trim()]);
  }
  const root = parseTree(fields);
  const fill = (node: Node): void => {
    node.lines.push(...(texts.get(node.index) ?? []));
    for (const next of node.children) fill(next);
  };
  for (const node of root.children) fill(node);
  return root;
}

/** Which generation a custom resource is at, whose it is, and since when it is there, or to go. */
function metadataOf(root: Node): Json {
  const metadata = child(root, 'Metadata');
  if (metadata === undefined) return {};
  const said = asObject(valueOfNode(metadata));
  return Object.fromEntries(
    ['generation', 'creationTimestamp', 'deletionTimestamp', 'finalizers', 'ownerReferences'].flatMap((key) =>
      said[key] === undefined ? [] : [[key, said[key]]],
    ),
  );
}

/** Metadata, spec and status of a custom resource in `kubectl describe`, in the shape `-o json` has. */
export function customResource(lines: readonly string[]): { metadata: Json; body: Json } {
  const root = treeOf(lines);
  const body: Record<string, unknown> = {};
  for (const key of ['Spec', 'Status', 'Data']) {
    const node = child(root, key);
    if (node !== undefined) body[key.toLowerCase()] = valueOfNode(node);
  }
  return { metadata: metadataOf(root), body };
}

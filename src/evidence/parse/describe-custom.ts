import { asObject, type Json } from '../../json.ts';
import { child, type Node } from './tree.ts';

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
    return node.value === '' ? node.lines : [node.value, ...node.lines].join(' ');
  }
  const elements = elementsOf(node.children).map((run) =>
    Object.fromEntries(run.map((entry) => [camel(entry.key), valueOfNode(entry)])),
  );
  // A list of one prints like an object: resources of a sync are a list, those of a container are not.
  const list =
    elements.length > 1 ||
    /^(Conditions|Listeners|Ancestors|Statuses|Events)$/.test(node.key) ||
    (node.key === 'Resources' && Object.hasOwn(elements[0] ?? {}, 'kind'));
  return list ? elements : elements[0];
}

/** Which generation a custom resource is at, and since when it is there, or to go. */
export function customMetadata(root: Node): Json {
  const metadata = child(root, 'Metadata');
  if (metadata === undefined) return {};
  const said = asObject(valueOfNode(metadata));
  return Object.fromEntries(
    ['generation', 'creationTimestamp', 'deletionTimestamp', 'finalizers'].flatMap((key) =>
      said[key] === undefined ? [] : [[key, said[key]]],
    ),
  );
}

/** Keys at which a description of any resource goes on at the margin. */
const MARGIN = /^(?:Name|Namespace|Labels|Annotations|API Version|Kind|Metadata|Spec|Status|Data|Events|Type):(?:\s|$)/;

/**
 * A value of several lines stands raw in a description: its further lines begin at the margin, whatever they look like. They are
 * told by what comes after them: a member deeper than the first below a heading, or a line that no heading stands before. They go to
 * the line that they continue; the number of lines stays.
 */
export function withValuesJoined(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => /^(?:Spec|Status):\s*$/.test(line));
  if (start < 0) return lines;
  const out = [...lines];
  let run: number[] = [];
  let last = start;
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.trim() === '') continue;
    const indent = line.length - line.trimStart().length;
    if (indent > 0) {
      const heading = /^[A-Z][\w ]*:\s*$/.test(lines[run.at(-1) ?? -1] ?? '');
      if (run.length > 0 && (indent > 2 || !heading)) {
        out[last] = [out[last], ...run.map((one) => (lines[one] ?? '').trim())].join(' ');
        for (const one of run) out[one] = '';
      }
      run = [];
      last = index;
    } else if (MARGIN.test(line)) {
      run = [];
      if (/^Events:/.test(line)) break;
      last = index;
    } else run.push(index);
  }
  return out;
}

/** Spec and status of a custom resource in `kubectl describe`, in the shape `-o json` has. */
export function customResource(root: Node): Json {
  const out: Record<string, unknown> = {};
  for (const key of ['Spec', 'Status', 'Data']) {
    const node = child(root, key);
    if (node !== undefined) out[key.toLowerCase()] = valueOfNode(node);
  }
  return out;
}

import type { Json } from '../../json.ts';
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

/** A key that comes again means the next element of a list: describe prints lists without dashes. */
function valueOfNode(node: Node): unknown {
  if (node.children.length === 0) {
    if (node.lines.length === 0) return scalar(node.value);
    return node.value === '' ? node.lines : [node.value, ...node.lines].join(' ');
  }
  const elements: Record<string, unknown>[] = [{}];
  for (const entry of node.children) {
    const key = camel(entry.key);
    if (Object.hasOwn(elements.at(-1) ?? {}, key)) elements.push({});
    (elements.at(-1) as Record<string, unknown>)[key] = valueOfNode(entry);
  }
  // A list of one prints like an object: resources of a sync are a list, those of a container are not.
  const list =
    elements.length > 1 ||
    /^(Conditions|Listeners|Ancestors|Statuses|Events)$/.test(node.key) ||
    (node.key === 'Resources' && Object.hasOwn(elements[0] ?? {}, 'kind'));
  return list ? elements : elements[0];
}

/** Spec and status of a custom resource in `kubectl describe`, in the shape `-o json` has. */
export function customResource(root: Node, _lines: readonly string[]): Json {
  const out: Record<string, unknown> = {};
  for (const key of ['Spec', 'Status', 'Data']) {
    const node = child(root, key);
    if (node !== undefined) out[key.toLowerCase()] = valueOfNode(node);
  }
  return out;
}

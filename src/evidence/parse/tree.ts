/** A `Key: value` line of `kubectl describe` with what is indented under it. `index` is the line within the section. */
export interface Node {
  readonly indent: number;
  readonly key: string;
  readonly value: string;
  readonly index: number;
  readonly children: Node[];
  /** Lines under it that have no key, trimmed. */
  readonly lines: string[];
}

const MAX_DEPTH = 40;
const KEY = /^(\s*)(?:- )?([^\s:][^:]*?):(?:\s+(.*)|)$/;

/** Builds the tree by indentation. Continuation lines (list values under the first) are kept in `lines`. */
export function parseTree(lines: readonly string[]): Node {
  const root: Node = { indent: -1, key: '', value: '', index: 0, children: [], lines: [] };
  const open: Node[] = [root];
  for (const [index, raw] of lines.entries()) {
    const line = raw.replaceAll('\t', '    ').trimEnd();
    if (line.trim() === '') continue;
    const indent = line.length - line.trimStart().length;
    while (open.length > 1 && (open.at(-1) as Node).indent >= indent) open.pop();
    const parent = open.at(-1) as Node;
    const match = line.length > 10_000 ? null : KEY.exec(line);
    // A wrapped value (`Labels:   a=b` then `          c=d`) has no key of its own.
    if (match === null || open.length > MAX_DEPTH || /^\S+=/.test(line.trim())) {
      parent.lines.push(line.trim());
      continue;
    }
    const value = (match[3] ?? '').trim();
    const node: Node = { indent, key: (match[2] ?? '').trim(), value, index, children: [], lines: [] };
    parent.children.push(node);
    open.push(node);
  }
  return root;
}

export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.children.find((candidate) => candidate.key === key);
}

/** The value at a key, `undefined` where it is absent, empty, `<none>` or `<unset>`. */
export function valueAt(node: Node | undefined, key: string): string | undefined {
  const value = child(node, key)?.value;
  return value === undefined || /^(|<none>|<unset>|<nil>|n\/a)$/.test(value) ? undefined : value;
}

/** The value and its continuation lines as `a=b` pairs; annotations (`a: b`) stand one a line, whatever is in them. */
export function pairs(node: Node | undefined, separator = '='): Record<string, string> {
  const out: Record<string, string> = {};
  if (node === undefined) return out;
  const texts = [
    ...(separator === '=' ? node.value.split(/,\s*/) : [node.value]),
    ...node.lines,
    ...node.children.map((c) => `${c.key}: ${c.value}`),
  ];
  for (const text of texts) {
    const at = text.indexOf(separator);
    if (at > 0 && !text.startsWith('<')) out[text.slice(0, at).trim()] = text.slice(at + separator.length).trim();
  }
  return out;
}

/** The node and everything under it, in the order of the lines. */
export function flatten(node: Node): Node[] {
  return node.children.flatMap((next) => [next, ...flatten(next)]);
}

import { mask } from './mask.ts';

export interface DrainOptions {
  /** Most templates kept; beyond it the one that was not seen for longest is forgotten. */
  readonly templates?: number;
  /** Share of equal tokens from which on a line belongs to a template, 0 to 1. */
  readonly similarity?: number;
}

/** One mined template: tokens, with `<*>` where lines differ. */
export interface Template {
  /** Numbered from 1 in the order in which templates were first seen. */
  readonly id: number;
  readonly text: string;
  readonly count: number;
}

interface Cluster {
  readonly id: number;
  tokens: string[];
  count: number;
  readonly leaf: Cluster[];
}

interface Node {
  readonly children: Map<string, Node>;
  readonly clusters: Cluster[];
}

const ANY = '<*>';
/** Tokens that lead to a leaf: the tree of the paper, of depth 4 with its root and the level of lengths. */
const DEPTH = 2;
const MAX_CHILDREN = 100;
const MAX_TOKENS = 48;
const KNOWN = 4096;

/**
 * Mines templates from a stream of lines. Algorithm: Drain (P. He, J. Zhu, Z. Zheng, M. R. Lyu, "Drain: An Online Log Parsing Approach
 * with Fixed Depth Tree", ICWS 2017): lines are masked (`mask`), led by their number of tokens and their first tokens to
 * a leaf, and join its most similar template or begin one. Deterministic; memory is bounded by the options and not by
 * the input: templates that were not seen for longest are forgotten, and `forgotten` counts them.
 */
export class Drain {
  readonly #roots = new Map<number, Node>();
  /** In the order of their last use. */
  readonly #clusters = new Map<number, Cluster>();
  /** Masked lines seen of late: most lines of a log repeat one of them. */
  readonly #known = new Map<string, Cluster>();
  readonly #templates: number;
  readonly #similarity: number;
  #next = 1;
  #forgotten = 0;

  constructor({ templates = 2000, similarity = 0.5 }: DrainOptions = {}) {
    this.#templates = templates;
    this.#similarity = similarity;
  }

  /** How many templates were given up to keep memory bounded; such a template begins anew when it comes again. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Adds a line; returns the id of its template, and whether it began one. */
  add(line: string): { id: number; isNew: boolean } {
    const masked = mask(line);
    const known = this.#known.get(masked);
    if (known !== undefined && this.#clusters.has(known.id)) {
      this.#touch(known);
      return { id: known.id, isNew: false };
    }
    // A copy: a part of a string would keep the whole chunk that it was read in.
    const own = ` ${masked}`.slice(1);
    const tokens = tokensOf(own);
    const leaf = this.#leafOf(tokens, true) as Node;
    const found = this.#nearest(leaf.clusters, tokens);
    if (found !== undefined) {
      found.tokens = found.tokens.map((token, index) => (token === tokens[index] ? token : ANY));
      this.#touch(found);
      this.#remember(own, found);
      return { id: found.id, isNew: false };
    }
    const cluster: Cluster = { id: this.#next++, tokens, count: 1, leaf: leaf.clusters };
    leaf.clusters.push(cluster);
    this.#clusters.set(cluster.id, cluster);
    this.#remember(own, cluster);
    if (this.#clusters.size > this.#templates) this.#forget();
    return { id: cluster.id, isNew: true };
  }

  /** The template that a line belongs to, without learning from it; undefined where there is none. */
  match(line: string): number | undefined {
    const masked = mask(line);
    const known = this.#known.get(masked);
    if (known !== undefined && this.#clusters.has(known.id)) return known.id;
    const tokens = tokensOf(masked);
    const leaf = this.#leafOf(tokens, false);
    return leaf === undefined ? undefined : this.#nearest(leaf.clusters, tokens)?.id;
  }

  /** All templates that are kept, in the order in which they were first seen. */
  list(): Template[] {
    return [...this.#clusters.values()]
      .sort((a, b) => a.id - b.id)
      .map(({ id, tokens, count }) => ({ id, text: tokens.join(' '), count }));
  }

  #touch(cluster: Cluster): void {
    cluster.count++;
    // Re-inserted: a Map keeps the order of insertion.
    this.#clusters.delete(cluster.id);
    this.#clusters.set(cluster.id, cluster);
  }

  #remember(masked: string, cluster: Cluster): void {
    if (this.#known.size >= KNOWN) this.#known.clear();
    this.#known.set(masked, cluster);
  }

  #forget(): void {
    const [oldest] = this.#clusters.values();
    if (oldest === undefined) return;
    this.#clusters.delete(oldest.id);
    oldest.leaf.splice(oldest.leaf.indexOf(oldest), 1);
    this.#forgotten++;
    // Inner nodes are not pruned one by one: their number is bounded by tokens, children and depth, and rebuilt rarely.
    if (this.#forgotten % this.#templates === 0) this.#prune();
  }

  /** Builds the tree again from the templates that are kept. */
  #prune(): void {
    this.#roots.clear();
    this.#known.clear();
    for (const cluster of [...this.#clusters.values()].sort((a, b) => a.id - b.id)) {
      const leaf = this.#leafOf(cluster.tokens, true) as Node;
      const moved: Cluster = { ...cluster, leaf: leaf.clusters };
      leaf.clusters.push(moved);
      // Setting an existing key keeps its place in the order of use.
      this.#clusters.set(cluster.id, moved);
    }
  }

  #leafOf(tokens: readonly string[], make: boolean): Node | undefined {
    let node = this.#roots.get(tokens.length);
    if (node === undefined) {
      if (!make) return undefined;
      node = { children: new Map(), clusters: [] };
      this.#roots.set(tokens.length, node);
    }
    for (let depth = 0; depth < Math.min(DEPTH, tokens.length); depth++) {
      const token = tokens[depth] as string;
      // What was masked varies, and leads nowhere of its own.
      const key: string = token.includes('<') ? ANY : token;
      const child: Node | undefined = node.children.get(key) ?? this.#child(node, key, make);
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  #child(node: Node, wanted: string, make: boolean): Node | undefined {
    const full = node.children.size >= MAX_CHILDREN;
    const key = full ? ANY : wanted;
    const found = node.children.get(key);
    if (found !== undefined || !make) return found;
    const child: Node = { children: new Map(), clusters: [] };
    node.children.set(key, child);
    return child;
  }

  #nearest(clusters: readonly Cluster[], tokens: readonly string[]): Cluster | undefined {
    let best: Cluster | undefined;
    let most = -1;
    for (const cluster of clusters) {
      let same = 0;
      for (let index = 0; index < tokens.length; index++) if (cluster.tokens[index] === tokens[index]) same++;
      if (same > most) {
        most = same;
        best = cluster;
      }
    }
    return best !== undefined && most >= this.#similarity * tokens.length ? best : undefined;
  }
}

function tokensOf(masked: string): string[] {
  const tokens = masked.trim().split(/\s+/, MAX_TOKENS + 1);
  if (tokens.length > MAX_TOKENS) tokens[MAX_TOKENS] = ANY;
  return tokens;
}

import { isClusterScoped } from '../kubernetes/cluster-wide.ts';

/** Of which kinds all objects were shown, and of which namespace: a name that is not among them is really missing there. */
export class Listed {
  readonly #everywhere = new Set<string>();
  /** By kind; '' where the list does not say its namespace. */
  readonly #within = new Map<string, Set<string>>();

  /** All objects of a kind were shown: those of a namespace (undefined where the list does not say which), or of all. */
  add(kind: string, namespace: string | undefined, everywhere = false): void {
    if (everywhere || isClusterScoped(kind)) this.#everywhere.add(kind);
    const known = this.#within.get(kind) ?? new Set();
    this.#within.set(kind, known.add(namespace ?? ''));
  }

  /** Whether all objects of a kind were shown of a namespace. A list that does not say its namespace may be of any. */
  has(kind: string, namespace: string | undefined): boolean {
    const within = this.#within.get(kind);
    return this.#everywhere.has(kind) || within?.has('') === true || within?.has(namespace ?? '') === true;
  }
}

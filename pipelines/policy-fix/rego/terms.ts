/** What is read of Rego: references, calls, comparisons and assignments. Anything else is `unknown`. */
export type Term =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Term[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Term, Term])[] }
  /** `a.b[c]`; the steps of a plain variable are none. */
  | { readonly kind: 'ref'; readonly head: string | Term; readonly steps: readonly Term[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Term[] }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'sum'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'assign'; readonly name: string; readonly term: Term }
  | { readonly kind: 'each'; readonly names: readonly string[]; readonly of: Term }
  | { readonly kind: 'not'; readonly term: Term }
  /** Statements that hold together: what `every` asks of an item, what came before an `else`. */
  | { readonly kind: 'block'; readonly body: readonly Term[] }
  | { readonly kind: 'collect'; readonly term: Term; readonly body: readonly Term[]; readonly set: boolean }
  /** `{key: term | body}` */
  | { readonly kind: 'gather'; readonly key: Term; readonly term: Term; readonly body: readonly Term[] }
  /** `term with target as value`, the target a path such as `input.review.object`. */
  | { readonly kind: 'with'; readonly term: Term; readonly target: readonly string[]; readonly value: Term }
  | { readonly kind: 'unknown' };

export interface Rule {
  readonly name: string;
  readonly args: readonly Term[];
  /** What `name[key]` or `contains` gives, or the value of `name = value`. */
  readonly key?: Term;
  readonly value?: Term;
  /** `default name := value`: what counts where no other rule of the name gives anything. */
  readonly fallback?: true;
  readonly body: readonly Term[];
}

import { nameIn } from './reading.ts';
import type { Term } from './terms.ts';
import { partsOf } from './touches.ts';

/**
 * Whether a statement asks a set for a member of which the conditions around it use nothing: `msg := findings[_]` before
 * what is said of it.
 */
export function isOnlyTold(body: readonly Term[], at: number): boolean {
  const statement = body[at];
  const term = statement?.kind === 'assign' ? statement.term : statement;
  const names = [
    statement?.kind === 'assign' ? statement.name : undefined,
    nameIn(term?.kind === 'ref' ? term.steps[0] : undefined),
  ];
  const used = new Set(names.filter((name) => name !== undefined && name !== '_'));
  for (const [i, other] of body.entries()) {
    if (i === at || !mentions(other, used)) continue;
    if (i < at || other.kind !== 'assign') return false;
    used.add(other.name);
  }
  return true;
}

/** Whether any of some names stands in a term. */
const mentions = (term: Term, names: ReadonlySet<string | undefined>): boolean =>
  (term.kind === 'ref' && typeof term.head === 'string' && names.has(term.head)) ||
  partsOf(term).some((part) => mentions(part, names));

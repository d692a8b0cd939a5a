import { valueAt } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import type { Proposal } from './fixers/fixer.ts';
import type { Insisted, Reducible } from './minimise.ts';
import { keyOf } from './tally.ts';

/** Fewer items than these are not worth a call more. */
const WORTH_PILOTS = 8;

/** Edits of one kind: the same places, where the same stood before. What an edit writes does not count. */
function kindOf({ by, edits }: Proposal, { object }: Reducible): string {
  const places = edits.map(({ op, path }) => {
    const old = valueAt(object, path);
    const word = typeof old === 'boolean' || typeof old === 'number' || old === null ? String(old) : typeof old;
    return `${op} ${formatPointer(path)} ${word}`;
  });
  return [by, ...places].join('|');
}

const rulesOf = ({ denied }: Reducible): string[] => [...new Set(denied.map(keyOf))];

/** What one item could teach another: that an edit of a kind is, or is not, what a violated rule wants. */
function* lessons(item: Reducible): Generator<string> {
  const rules = rulesOf(item);
  for (const proposal of item.proposals) for (const rule of rules) yield `${kindOf(proposal, item)}\n${rule}`;
}

/**
 * Chooses pilots among the items: every kind of edit stands, beside every rule that an item with that edit violates, in at
 * least one pilot. The others follow. Greedy, the richest item first.
 */
export function choosePilots(items: readonly Reducible[]): { pilots: Reducible[]; followers: Reducible[] } {
  if (items.length < WORTH_PILOTS) return { pilots: [...items], followers: [] };
  const learnt = new Set<string>();
  const pilots = new Set<Reducible>();
  const each = items.map((item) => ({ item, own: [...lessons(item)] })).sort((a, b) => b.own.length - a.own.length);
  for (const { item, own } of each) {
    if (own.every((lesson) => learnt.has(lesson))) continue;
    pilots.add(item);
    for (const lesson of own) learnt.add(lesson);
  }
  return {
    pilots: items.filter((item) => pilots.has(item)),
    followers: items.filter((item) => !pilots.has(item)),
  };
}

/**
 * A function that gives the proposals which the engines will insist on for an item, going by what they insisted on for the
 * pilots; undefined where the pilots disagree.
 */
export function foresight(
  pilots: readonly Reducible[],
  offered: readonly (readonly Proposal[])[],
  insisted: readonly Insisted[],
): (item: Reducible) => readonly Proposal[] | undefined {
  /** By kind: for each pilot that had such an edit, the rules that failed without it; undefined where none did. */
  const seen = new Map<
    string,
    { readonly needed: readonly string[] | undefined; readonly rules: readonly string[] }[]
  >();
  for (const [at, pilot] of pilots.entries()) {
    const rules = rulesOf(pilot);
    for (const proposal of offered[at] ?? []) {
      const kind = kindOf(proposal, pilot);
      seen.set(kind, [...(seen.get(kind) ?? []), { needed: insisted[at]?.get(proposal), rules }]);
    }
  }
  return (item) => {
    const own = new Set(rulesOf(item));
    const kept: Proposal[] = [];
    for (const proposal of item.proposals) {
      const alike = seen.get(kindOf(proposal, item)) ?? [];
      const reasons = alike.flatMap(({ needed }) => needed?.filter((rule) => own.has(rule)) ?? []);
      // An edit without which the others do not fit is needed for no rule's sake.
      if (reasons.length === 0 && !alike.some(({ needed }) => needed?.length === 0)) continue;
      if (alike.some(({ needed, rules }) => needed === undefined && reasons.some((rule) => rules.includes(rule))))
        return undefined;
      kept.push(proposal);
    }
    return kept;
  };
}

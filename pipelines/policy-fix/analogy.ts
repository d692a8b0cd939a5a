import { valueAt } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import type { Violation } from '../../src/policy/violation.ts';
import type { Proposal } from './fixers/fixer.ts';
import type { Ask, Candidate, Insisted, Reducible } from './minimise.ts';
import { applyProposals } from './propose.ts';
import { keyOf, tally, worsened } from './tally.ts';

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

/** What one item could teach another: that an edit of one of these kinds is, or is not, what one of these violated rules wants. */
const lessonsOf = (item: Reducible) => ({
  item,
  kinds: new Set(item.proposals.map((proposal) => kindOf(proposal, item))),
  rules: rulesOf(item),
});

/**
 * Chooses pilots among the items: every kind of edit stands, beside every rule that an item with that edit violates, in at
 * least one pilot. The others follow. Greedy, the richest item first.
 */
export function choosePilots(items: readonly Reducible[]): { pilots: Reducible[]; followers: Reducible[] } {
  if (items.length < WORTH_PILOTS) return { pilots: [...items], followers: [] };
  const learnt = new Map<string, Set<string>>();
  const pilots = new Set<Reducible>();
  const weight = ({ item, rules }: ReturnType<typeof lessonsOf>): number => item.proposals.length * rules.length;
  for (const { item, kinds, rules } of items.map(lessonsOf).sort((a, b) => weight(b) - weight(a))) {
    if ([...kinds].every((kind) => rules.every((rule) => learnt.get(kind)?.has(rule)))) continue;
    pilots.add(item);
    for (const kind of kinds) learnt.set(kind, new Set([...(learnt.get(kind) ?? []), ...rules]));
  }
  return {
    pilots: items.filter((item) => pilots.has(item)),
    followers: items.filter((item) => !pilots.has(item)),
  };
}

/** A proposal that an item will need, and the rules that will fail without it. */
export interface Foreseen {
  readonly proposal: Proposal;
  readonly rules: readonly string[];
}

export type Foresight = (item: Reducible) => readonly Foreseen[] | undefined;

/**
 * A function that gives the proposals which the engines will insist on for an item, going by what they insisted on for the
 * pilots, which were `offered` so much; undefined where the pilots disagree.
 */
export function foresight(
  pilots: readonly Reducible[],
  offered: readonly (readonly Proposal[])[],
  insisted: readonly Insisted[],
): Foresight {
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
    const kept: Foreseen[] = [];
    for (const proposal of item.proposals) {
      const alike = seen.get(kindOf(proposal, item)) ?? [];
      const rules = [...new Set(alike.flatMap(({ needed }) => needed?.filter((rule) => own.has(rule)) ?? []))];
      if (rules.length === 0) continue;
      if (alike.some((one) => one.needed === undefined && rules.some((rule) => one.rules.includes(rule))))
        return undefined;
      kept.push({ proposal, rules });
    }
    return kept;
  };
}

/** Lists in which no rule stands twice, so that what fails without all of a list tells of each in it. */
function apart(kept: readonly Foreseen[]): Foreseen[][] {
  const lists: { readonly rules: Set<string>; readonly list: Foreseen[] }[] = [];
  for (const foreseen of kept) {
    const open = lists.find(({ rules }) => !foreseen.rules.some((rule) => rules.has(rule)));
    const free = open ?? { rules: new Set<string>(), list: [] };
    if (!open) lists.push(free);
    free.list.push(foreseen);
    for (const rule of foreseen.rules) free.rules.add(rule);
  }
  return lists.map(({ list }) => list);
}

export interface Followed {
  readonly proposals: readonly Proposal[];
  /** What all policies say of the item with these proposals. */
  readonly violations: readonly Violation[];
}

/** What is asked about a follower: it with what is foreseen, and without each list of that; positions are those of candidates. */
interface Trial {
  readonly kept: readonly Foreseen[] | undefined;
  readonly whole?: number | undefined;
  readonly without?: readonly { readonly left: readonly Foreseen[]; readonly at: number | undefined }[];
}

function trialsFor(followers: readonly Reducible[], foresee: Foresight): { candidates: Candidate[]; trials: Trial[] } {
  const candidates: Candidate[] = [];
  const add = ({ object, resource }: Reducible, kept: readonly Foreseen[]): number | undefined => {
    const after = applyProposals(
      object,
      kept.map(({ proposal }) => proposal),
    );
    return after && candidates.push({ resource, object: after }) - 1;
  };
  const trials = followers.map((item): Trial => {
    const kept = foresee(item);
    if (!kept || kept.length === 0) return { kept };
    const without = apart(kept).map((left) => ({
      left,
      at: add(
        item,
        kept.filter((foreseen) => !left.includes(foreseen)),
      ),
    }));
    return { kept, whole: add(item, kept), without };
  });
  return { candidates, trials };
}

/** What {@link follow} asks about. */
export const candidatesFor = (followers: readonly Reducible[], foresee: Foresight): readonly Candidate[] =>
  trialsFor(followers, foresee).candidates;

/**
 * Tries on each follower what is foreseen for it, and whether it is needed there: without an edit the rules for whose sake it
 * is made have to fail. Edits for different rules are left out together, since for the pilots they had nothing to do with each
 * other. Undefined for an item where what was foreseen does not hold.
 */
export async function follow(
  name: string,
  followers: readonly Reducible[],
  foresee: Foresight,
  ask: Ask,
): Promise<(Followed | undefined)[]> {
  const { candidates, trials } = trialsFor(followers, foresee);
  const verdicts = await ask(name, candidates);
  return trials.map(({ kept, whole, without = [] }, i) => {
    if (kept?.length === 0) return { proposals: [], violations: followers[i]?.denied ?? [] };
    const violations = whole === undefined ? undefined : verdicts[whole];
    if (!kept || !violations) return undefined;
    const now = tally(violations);
    const needed = without.every(({ left, at }) => {
      const failing = new Set(worsened(tally(at === undefined ? [] : (verdicts[at] ?? [])), now));
      return left.every(({ rules }) => rules.some((rule) => failing.has(rule)));
    });
    return needed ? { proposals: kept.map(({ proposal }) => proposal), violations } : undefined;
  });
}

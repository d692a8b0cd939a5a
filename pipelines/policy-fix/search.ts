import type { JsonObject } from '../../src/manifest/json.ts';
import type { Violation } from '../../src/policy/violation.ts';
import type { Allowance } from './allowance.ts';
import { candidatesFor, choosePilots, type Foresight, follow, foresight } from './analogy.ts';
import { makeCoherent } from './coherence.ts';
import type { Edit } from './edits.ts';
import type { Proposal } from './fixers/fixer.ts';
import { type Ask, type Insisted, minimise, type Reducible, shrink } from './minimise.ts';
import { best, judgeOptions, type Offer, type Option, offersFor } from './offers.ts';
import { applyProposals } from './propose.ts';
import { trySteps } from './steps.ts';
import { isBetter, keyOf, noWorse, type Tally, tally, total } from './tally.ts';
import { tidy } from './tidy.ts';
import type { Workspace } from './workspace.ts';

/** Where the search stands with one denied object. */
export interface Progress {
  /** Position among the workspace's resources. */
  readonly resource: number;
  /** As given. */
  readonly original: JsonObject;
  /** With all accepted edits. */
  object: JsonObject;
  accepted: readonly Proposal[];
  violations: readonly Violation[];
  /** What the engines said of the object as given: nothing may get worse than this. */
  readonly before: Tally;
  /** What mutate rules among the policies make of the object as given. */
  readonly mutation?: readonly Edit[];
}

/** An edit can bring a rule to light that was silent before it; more rounds than these are not played. */
const MOST_ROUNDS = 3;
/** A cluster names one denial at a time, so each round may bring the next. */
const MOST_CLUSTER_ROUNDS = 10;

/** Candidates that are asked about before it is known that they matter: a call of the engine costs as much as some hundred of them. */
const MOST_AHEAD = 400;

/** What the policies name, tried whole; in the same call what shrinking will ask about if that is all it takes. */
async function tryNamed(round: string, offers: readonly Offer[], ask: Ask) {
  const named = offers.map(({ progress, named }): Option => ({ progress, proposals: named }));
  const ahead = named.flatMap(({ progress, proposals }) =>
    proposals.map((dropped): Option => ({ progress, proposals: proposals.filter((other) => other !== dropped) })),
  );
  const judged = await judgeOptions(`try-${round}`, [...named, ...(ahead.length <= MOST_AHEAD ? ahead : [])], ask);
  return judged.filter(({ option }) => named.includes(option));
}

interface Found {
  readonly progress: Progress;
  readonly item: Reducible;
}

/**
 * The best that is found for each object: what the policies name, or else everything, or what of it does no harm, or what is
 * only accepted together.
 */
async function tryOffers(
  round: string,
  offers: readonly Offer[],
  ask: Ask,
  further: (progress: Progress) => Offer | undefined,
  allowance: Allowance,
): Promise<Found[]> {
  const judged = await tryNamed(round, offers, ask);
  const clean = new Set(
    judged.filter(({ violations }) => violations.length === 0).map(({ option }) => option.progress),
  );
  const wider = offers.filter(({ progress, named, all }) => named.length < all.length && !clean.has(progress));
  const widened = wider.map(({ progress, all }) => ({ progress, proposals: all }));
  if (wider.length > 0) judged.push(...(await judgeOptions(`widen-${round}`, widened, ask)));
  const stuck = offers.filter(({ progress }) => {
    const found = best(judged, progress);
    const bad = judged.some(
      ({ option, violations }) =>
        option.progress === progress && !noWorse(tally(violations), tally(progress.violations)),
    );
    return found === undefined || (bad && total(tally(found.violations)) > 0);
  });
  if (stuck.length > 0) judged.push(...(await tryApart(round, stuck, ask, allowance)));
  const still = stuck.filter(({ progress }) => best(judged, progress) === undefined).map(({ progress }) => progress);
  if (still.length > 0) judged.push(...(await trySteps(round, still, judged, further, ask, allowance)));
  return offers.flatMap(({ progress }) => {
    const found = best(judged, progress);
    return found ? [{ progress, item: itemOf(progress, found.option.proposals, found.violations) }] : [];
  });
}

const itemOf = (
  progress: Progress,
  proposals: readonly Proposal[],
  violations: readonly Violation[] = progress.violations,
): Reducible => ({
  resource: progress.resource,
  object: progress.object,
  denied: progress.violations,
  proposals,
  violations,
});

/** Takes over what was found. */
function keep({ progress, item }: Found): void {
  progress.object = applyProposals(item.object, item.proposals) ?? item.object;
  progress.accepted = [...progress.accepted, ...item.proposals];
  progress.violations = item.violations;
}

/**
 * Looks for edits from the policies' own words and the catalogue: tries what a policy names, then everything; leaves out
 * what makes something new fail; shrinks what is left to what the engines insist on. Works on all objects at once. Where many
 * have the same edits against the same rules, a few go first, and what turned out for them is tried on the others.
 */
export async function searchByRules(
  workspace: Workspace,
  denied: readonly Progress[],
  ask: Ask,
  allowance: Allowance,
): Promise<void> {
  const policies = workspace.policies.map(({ json }) => json);
  let active = [...denied];
  const byCluster = denied.some(({ violations }) => violations.some(({ engine }) => engine === 'cluster'));
  const further = (progress: Progress): Offer | undefined => offersFor(workspace, [progress], policies)[0];
  const rounds = byCluster ? MOST_CLUSTER_ROUNDS : MOST_ROUNDS;
  for (let round = 1; round <= rounds && active.length > 0; round++) {
    const offers = offersFor(workspace, active, policies);
    const items = new Map(offers.map((offer) => [itemOf(offer.progress, offer.all), offer]));
    const { pilots, followers } = choosePilots([...items.keys()]);
    const first = pilots.map((item) => items.get(item) as Offer);
    const found = await tryOffers(`${round}`, first, ask, further, allowance);
    const foundFor = (at: number): number => found.findIndex(({ progress }) => progress === first[at]?.progress);
    const foreseen = (insisted: readonly Insisted[]): Foresight =>
      foresight(
        pilots,
        pilots.map(({ proposals }) => proposals),
        pilots.map((_, at) => insisted[foundFor(at)] ?? new Map()),
      );
    const insisted = await shrink(
      `shrink-${round}`,
      found.map(({ item }) => item),
      ask,
      (now) => candidatesFor(followers, foreseen(now)),
    );
    if (followers.length > 0) {
      const foresee = foreseen(insisted);
      const followed = await follow(`alike-${round}`, followers, foresee, ask);
      // What is left of a pilot's rules may be left of a follower's.
      const left = new Set(
        pilots.flatMap((pilot, at) => (found[foundFor(at)]?.item.violations ?? pilot.denied).map(keyOf)),
      );
      const rest: Offer[] = [];
      for (const [at, item] of followers.entries()) {
        const { progress } = items.get(item) as Offer;
        const { proposals, violations } = followed[at] ?? {};
        const [now, before] = [tally(violations ?? []), tally(progress.violations)];
        const asGood = [...now.keys()].every((rule) => left.has(rule));
        if (proposals?.length === 0 && asGood) continue;
        if (proposals && violations && asGood && isBetter(now, before))
          found.push({ progress, item: itemOf(progress, proposals, violations) });
        else rest.push(items.get(item) as Offer);
      }
      const others = await tryOffers(`${round}-rest`, rest, ask, further, allowance);
      await minimise(
        `shrink-${round}-rest`,
        others.map(({ item }) => item),
        ask,
      );
      found.push(...others);
    }
    for (const one of found) keep(one);
    active = found.flatMap(({ progress }) => (progress.violations.length > 0 ? [progress] : []));
  }
  await makeCoherent(denied, ask);
  await tidy(denied, ask);
}

/** Each proposal alone; then together all those that alone make nothing new fail. */
async function tryApart(round: string, stuck: readonly Offer[], ask: Ask, allowance: Allowance) {
  const singles = stuck.flatMap(({ progress, named, all }) => {
    const best = [...named, ...all.filter((proposal) => !named.includes(proposal))];
    return allowance.take(progress, best).map((proposal) => ({ progress, proposals: [proposal] }));
  });
  const apart = await judgeOptions(`apart-${round}`, singles, ask);
  const joint = stuck.flatMap(({ progress }): Option[] => {
    const harmless = apart.filter(
      ({ option, violations }) =>
        option.progress === progress && noWorse(tally(violations), tally(progress.violations)),
    );
    const proposals = harmless.flatMap(({ option }) => option.proposals);
    return proposals.length > 1 ? [{ progress, proposals }] : [];
  });
  return [...apart, ...(joint.length > 0 ? await judgeOptions(`joint-${round}`, joint, ask) : [])];
}

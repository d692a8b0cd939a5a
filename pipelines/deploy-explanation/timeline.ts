import type { Citation, EvidenceItem } from '../../src/evidence/model.ts';
import { type Happening, happenings, ofItem } from './moments.ts';
import type { Moment } from './schema.ts';
import type { View } from './view.ts';

/** More would bury what matters; what is cited stays first. */
const MAX_MOMENTS = 40;
const MAX_TEXT = 240;
/** An item of more characters is not shown, nor more of it, for the timeline's sake: the answer has a limit too. */
const LARGE_ITEM = 64 * 1024;

export interface Timeline {
  readonly moments: Moment[];
  /** One for each moment, so that its evidence is shown. */
  readonly citations: Citation[];
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MAX_TEXT ? line : `${line.slice(0, MAX_TEXT - 1).toWellFormed()}…`;
}

function overlaps(a: Citation, b: Citation): boolean {
  if (a.evidence !== b.evidence) return false;
  if (a.lines === undefined || b.lines === undefined) return true;
  return a.lines.from <= b.lines.to && b.lines.from <= a.lines.to;
}

/** Whether the lines lie within what is shown of the item anyway. */
function within({ evidence, lines }: Citation, cited: readonly Citation[]): boolean {
  const ranges = cited.flatMap((one) => (one.evidence === evidence && one.lines !== undefined ? [one.lines] : []));
  if (lines === undefined || ranges.length === 0) return false;
  const from = Math.min(...ranges.map((range) => range.from));
  const to = Math.max(...ranges.map((range) => range.to));
  return from <= lines.from && lines.to <= to;
}

/** Oldest first; those with an age only come after all that have a time. */
function older(a: Happening, b: Happening): number {
  if (a.at !== undefined && b.at !== undefined) return a.at - b.at;
  if (a.at !== undefined) return -1;
  return b.at !== undefined ? 1 : (b.age ?? 0) - (a.age ?? 0);
}

/** One telling of what was said again and again, and one of what two texts show. */
function distinct(found: readonly Happening[]): Happening[] {
  return [...new Map(found.map((one) => [`${one.at ?? `-${one.age}`} ${oneLine(one.text)}`, one])).values()];
}

/** A container that has run for so long (milliseconds) since its last end is up: what ended it is history. */
const UP_AGAIN = 60 * 60_000;

/**
 * The deploy before the failure, the first error after it, and the last that is known, all on one axis: times where they show
 * trouble, else ages.
 */
function rolesOf(sorted: readonly Happening[], root: readonly Citation[]): Map<Happening, Moment['role']> {
  const timed = sorted.filter((one) => one.at !== undefined);
  const newest = timed.at(-1)?.at ?? 0;
  const cited = (one: Happening) => root.some((citation) => overlaps(citation, one.citation));
  const isTrouble = (one: Happening) =>
    one.trouble && (one.restarted !== true || newest - (one.at ?? newest) < UP_AGAIN || cited(one));
  const axis = timed.some(isTrouble) ? timed : sorted.filter((one) => one.at === undefined);
  const told = axis.length > 0 ? axis : timed;
  const troubles = told.filter(isTrouble);
  const failure = troubles.find(cited) ?? troubles[0];
  const until = failure === undefined ? told.length : told.indexOf(failure);
  const deploy = told.slice(0, until).findLast((one) => one.deploy);
  const first = deploy === undefined ? failure : told.slice(told.indexOf(deploy)).find(isTrouble);
  const roles = new Map<Happening, Moment['role']>();
  const last = told.at(-1);
  if (last !== undefined) roles.set(last, 'now');
  if (first !== undefined) roles.set(first, 'first-error');
  if (deploy !== undefined) roles.set(deploy, 'deploy');
  return roles;
}

/**
 * What happened, oldest first. `cited` are the answer's citations, those of the root first-hand in `root`; with `only` the
 * timeline keeps to evidence that is cited already. Pure.
 */
export function timelineOf(
  view: View,
  cited: readonly Citation[],
  root: readonly Citation[],
  only: 'cited' | 'all',
): Timeline {
  const items = new Map(view.scene.items.map((item) => [item.id, item]));
  const shown = new Set(cited.map(({ evidence }) => evidence));
  const fine = happenings(view).filter(({ citation }) => {
    if (only === 'cited' && !shown.has(citation.evidence)) return false;
    return (items.get(citation.evidence)?.text.length ?? 0) <= LARGE_ITEM || within(citation, cited);
  });
  const told = new Set(fine.map(({ citation }) => citation.evidence));
  const coarse = [...shown]
    .filter((id) => !told.has(id))
    .map((id) => ofItem(items.get(id) as EvidenceItem))
    .filter((one) => one !== undefined)
    .filter(({ citation }) => (items.get(citation.evidence)?.text.length ?? 0) <= LARGE_ITEM);
  const all = distinct([...fine, ...coarse]).sort(older);
  const roles = rolesOf(all, root);
  const weight = (one: Happening): number =>
    (roles.has(one) ? 8 : 0) +
    (cited.some((citation) => overlaps(citation, one.citation)) ? 4 : 0) +
    (one.trouble ? 2 : 0) +
    (one.deploy ? 1 : 0);
  const weights = new Map(all.map((one) => [one, weight(one)]));
  const kept = new Set([...all].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0)).slice(0, MAX_MOMENTS));
  const chosen = all.filter((one) => kept.has(one));
  return {
    citations: chosen.map(({ citation }) => citation),
    moments: chosen.map((one): Moment => {
      const { evidence, lines } = one.citation;
      const role = roles.get(one);
      return {
        ...(one.at === undefined ? { age: one.age ?? 0 } : { time: new Date(one.at).toISOString() }),
        evidence,
        ...(lines === undefined ? {} : { lines }),
        source: (items.get(evidence) as EvidenceItem).source,
        ...(one.object === undefined ? {} : { object: one.object }),
        text: oneLine(one.text),
        trouble: one.trouble,
        ...(role === undefined ? {} : { role }),
      };
    }),
  };
}

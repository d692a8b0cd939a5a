import type { NarrateStandingsInput } from '../../signatures/narrate-standings.ts';
import type { Outlier } from '../../src/leaderboard/statistics/outliers.ts';
import type { Facts, Narrative } from './schema.ts';

/** A number as people read it: thousands separated, decimals as they are. */
export function readable(value: number): string {
  const [whole = '', fraction] = String(value).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A score with at least the decimals that its board declares, so that scores line up: 48.00 beside 48.04. */
export function scoreText(value: number, decimals: number): string {
  const [whole = '', fraction = ''] = readable(value).split('.');
  const digits = fraction.padEnd(decimals, '0');
  return digits === '' ? whole : `${whole}.${digits}`;
}

export function titleOf({ board }: Pick<Facts, 'board'>): string {
  return board.title ?? board.id;
}

/** Which time the window covers, for the end of a sentence. */
function whenOf({ window }: Pick<Facts, 'window'>): string {
  const [kind, name] = window.id.split(/:(.*)/);
  if (name === undefined) return '';
  return kind === 'day' ? ` on ${name}` : ` in the ${kind} ${name}`;
}

/** The facts a model may word, as sentences, the most important first. */
export function factsFor(facts: Facts): NarrateStandingsInput {
  const sentences = [
    ...placesOf(facts),
    ...leadOf(facts),
    ...oddOf(facts),
    ...movesOf(facts),
    ...fieldOf(facts),
    ...spreadOf(facts),
  ];
  return { boardTitle: titleOf(facts), facts: sentences.length > 0 ? sentences : ['There are no entries yet.'] };
}

/** What is said when no model answers, or nothing of its answer holds. */
export function templateNarrative(facts: Facts): Pick<Narrative, 'headline' | 'highlights'> {
  const [first, second] = facts.leaders;
  const title = titleOf(facts);
  if (first === undefined) return { headline: `${title} has no entries${whenOf(facts)} yet`, highlights: [] };
  const score = withUnit(facts, first.score);
  const headline =
    second !== undefined && facts.lead === 0
      ? `${first.player} and ${second.player} are level at the top of ${title}${whenOf(facts)} with ${score}`
      : `${first.player} leads ${title}${whenOf(facts)} with ${score}${margin(facts)}`;
  const [players, ...others] = fieldOf(facts);
  const news = [oddOf(facts)[0], movesOf(facts)[0]];
  const sentences = [players, ...news, ...others].filter((sentence) => sentence !== undefined);
  return { headline, highlights: sentences.slice(0, 3) };
}

function margin(facts: Facts): string {
  const second = facts.leaders[1];
  return second === undefined || facts.lead === undefined
    ? ''
    : `, ${scoreText(facts.lead, facts.board.decimals)} ahead of ${second.player}`;
}

const PLACES = ['first', 'second', 'third'];

function placesOf(facts: Facts): string[] {
  return facts.leaders
    .slice(0, PLACES.length)
    .map(({ player, score }, index) => `${player} is ${PLACES[index]} with ${withUnit(facts, score)}.`);
}

function leadOf(facts: Facts): string[] {
  const [first] = facts.leaders;
  return first === undefined || facts.lead === undefined
    ? []
    : [`The lead of ${first.player} is ${withUnit(facts, facts.lead)}.`];
}

/** About all players together: how many, how they score, who shares a score. */
function fieldOf(facts: Facts): string[] {
  const { scores, count, ties } = facts.entries;
  if (scores === undefined) return [];
  const { events } = facts;
  const sentences = [
    `There ${count === 1 ? 'is' : 'are'} ${readable(count)} ${plural(count, 'player')} from ${readable(events)} ${plural(events, 'event')}.`,
    `The mean is ${withUnit(facts, scores.mean)}, the standard deviation ${readable(scores.standardDeviation)}.`,
  ];
  const { largest } = ties;
  if (largest !== undefined) {
    sentences.push(
      `${readable(largest.entries)} players share the score ${scoreText(largest.score, facts.board.decimals)}.`,
    );
  }
  const median = scores.percentiles.find(({ percentile }) => percentile === 50);
  if (median !== undefined) sentences.push(`Half of the players have ${withUnit(facts, median.score)} or less.`);
  return sentences;
}

/** The most extreme outlier of each kind. */
function oddOf(facts: Facts): string[] {
  const first = <K extends Outlier['kind']>(kind: K): Extract<Outlier, { kind: K }>[] =>
    (facts.outliers?.listed ?? [])
      .filter((each): each is Extract<Outlier, { kind: K }> => each.kind === kind)
      .slice(0, 1);
  const score = (value: number): string => scoreText(value, facts.board.decimals);
  return [
    ...first('score').map(
      ({ player, value, evidence }) =>
        `${player} stands out with ${withUnit(facts, value)}: the modified z-score is ${readable(evidence.z)}.`,
    ),
    ...first('jump').map(
      ({ player, from, to, evidence }) =>
        `${player} jumped from ${score(from)} to ${score(to)} in a single event: at most ${score(evidence.maxJump)} is plausible.`,
    ),
    ...first('burst').map(({ source, value }) => `${source} sent ${readable(value)} events within ten minutes.`),
  ];
}

function movesOf({ movers, leaders }: Facts): string[] {
  if (movers === undefined) return [];
  const { climbed, fallen, entered } = movers;
  const moved = (verb: string, { player, change, rank, rankBefore }: (typeof climbed)[number]): string => {
    const ranks = Math.abs(change);
    return `${player} ${verb} ${readable(ranks)} ${plural(ranks, 'rank')} from ${readable(rankBefore)} to ${readable(rank)}.`;
  };
  return [
    ...climbed.slice(0, 1).map((each) => moved('climbed', each)),
    ...entered
      .slice(0, 1)
      .map(({ player, rank }) => `${player} is new in the top ${leaders.length} at rank ${readable(rank)}.`),
    ...fallen.slice(0, 1).map((each) => moved('fell', each)),
  ];
}

/** Where most scores lie, and what came too late. */
function spreadOf({ entries, late, board }: Facts): string[] {
  const bins = entries.histogram?.bins ?? [];
  const fullest = bins.reduce((most, bin) => (bin.count > most.count ? bin : most), { from: 0, to: 0, count: 0 });
  const score = (value: number): string => scoreText(value, board.decimals);
  return [
    ...(bins.length > 1 && fullest.count > 1
      ? [`${readable(fullest.count)} players have scores from ${score(fullest.from)} to below ${score(fullest.to)}.`]
      : []),
    ...(late > 0 ? [`${readable(late)} ${plural(late, 'event')} came too late to count.`] : []),
  ];
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

function withUnit({ board }: Facts, score: number): string {
  const text = scoreText(score, board.decimals);
  return board.unit === undefined ? text : `${text} ${board.unit}`;
}

import type { NarrateStandingsInput } from '../../signatures/narrate-standings.ts';
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
  return window.from === undefined ? '' : ` on ${window.from.slice(0, 10)}`;
}

/** The facts a model may word, as sentences, the most important first. */
export function factsFor(facts: Facts): NarrateStandingsInput {
  const sentences = [...placesOf(facts), ...leadOf(facts), ...fieldOf(facts)];
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
  return { headline, highlights: fieldOf(facts).slice(0, 3) };
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

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

function withUnit({ board }: Facts, score: number): string {
  const text = scoreText(score, board.decimals);
  return board.unit === undefined ? text : `${text} ${board.unit}`;
}

import type { Entry } from '../../src/leaderboard/reads.ts';
import { fits, labelsIn, type Meaning, meaningsOf, nounOf, numbersOf } from './meanings.ts';
import type { Facts, Narrative } from './schema.ts';
import { type Token, tokenize } from './tokens.ts';
import { kindOfWord } from './vocabulary.ts';
import { templateNarrative, titleOf } from './wording.ts';

const MAX_LENGTH = 240;

/** What a model wrote. */
export interface Draft {
  readonly headline: string;
  readonly highlights: readonly string[];
}

/**
 * The narrative that leaves the pipeline: of a model's sentences those whose every number and name holds against the document,
 * of the template what is then missing.
 */
export function verifyNarrative(facts: Facts, draft: Draft | null): Narrative {
  const template = templateNarrative(facts);
  if (draft === null) return { by: 'template', ...template, dropped: [], noModel: true };
  const dropped: Narrative['dropped'] = [];
  const holds = (sentence: string): boolean => {
    const reason = objectionTo(sentence, facts);
    if (reason !== undefined) dropped.push({ sentence, reason });
    return reason === undefined;
  };
  const said = [...new Set(draft.highlights.map((sentence) => sentence.trim()).filter((sentence) => sentence !== ''))];
  const headline = holds(draft.headline.trim()) ? draft.headline.trim() : undefined;
  const highlights = said
    .filter((sentence) => sentence !== headline)
    .filter(holds)
    .slice(0, 3);
  const by =
    headline !== undefined && highlights.length > 0 ? 'model' : (headline ?? highlights[0]) ? 'both' : 'template';
  return {
    by,
    headline: headline ?? template.headline,
    highlights: highlights.length > 0 ? highlights : template.highlights,
    dropped,
    noModel: false,
  };
}

/** Why a sentence must not be shown, or undefined when everything in it that can be checked holds. */
export function objectionTo(sentence: string, facts: Facts): string | undefined {
  if (sentence === '') return 'is empty';
  if (sentence.length > MAX_LENGTH || /[\p{Cc}]/u.test(sentence))
    return `is not one line of at most ${MAX_LENGTH} characters`;
  const tokens = tokenize(sentence, facts);
  if (!Array.isArray(tokens)) return `${JSON.stringify(tokens.unreadable)} cannot be checked`;
  const own = ownWords(facts);
  for (const token of tokens) {
    if (token.kind === 'word') {
      const { kind } = kindOfWord(token.text.toLowerCase());
      if (kind === 'ratio') return `${JSON.stringify(token.text)} is not a number of the document`;
      if (kind === 'name' && !own.has(bare(token.text))) {
        return `${JSON.stringify(token.text)} is neither a player in the document nor an ordinary word`;
      }
    }
    if (token.kind === 'date' && ![facts.window.from, facts.asOf].some((time) => time?.startsWith(token.text))) {
      return `${token.text} is not a date of the document`;
    }
  }
  return numbersObjection(tokens, facts) ?? orderObjection(tokens);
}

/** Words of the board itself, which need not be English. */
function ownWords({ board, ...facts }: Facts): Set<string> {
  return new Set(
    `${titleOf({ board })} ${board.unit ?? ''} ${facts.window.id}`.split(/[^\p{L}\p{M}\p{N}_'’-]+/u).map(bare),
  );
}

const bare = (word: string): string => word.toLowerCase().replace(/['’]s$/u, '');

/**
 * A number holds when it belongs to the whole board, or to a player whom its clause names (a clause that names none speaks of
 * those of the clause before it, or, at the beginning, of the one behind it).
 */
function numbersObjection(tokens: readonly Token[], facts: Facts): string | undefined {
  const meanings = meaningsOf(facts);
  const percentiles = facts.entries.scores?.percentiles.map(({ percentile }) => percentile) ?? [];
  const clauses = clausesOf(tokens);
  for (const [index, clause] of clauses.entries()) {
    const named = subjectOf(clauses, index);
    const labels = labelsOf(clause);
    const theirs = named.flatMap(numbersOf);
    for (const [at, token] of clause.entries()) {
      if (token.kind === 'percent' && !percentiles.includes(token.value)) return missing(token.text);
      if (token.kind === 'ordinal') {
        const ranks = (named.length > 0 ? named : facts.leaders).flatMap((e) => [e.rank, e.competitionRank]);
        const known = isPercentile(clause, at) ? percentiles : ranks;
        if (!known.includes(token.value)) return `${token.text} is no rank of whom it speaks of`;
      }
      if (token.kind !== 'number') continue;
      const noun = nounOf(textAt(clause, at + 1));
      const general = [...(meanings.get(token.value) ?? [])].filter((meaning) => fits(meaning, labels, noun));
      if (general.length > 0 || (noun === undefined && theirs.includes(token.value))) continue;
      const known = meanings.has(token.value) || facts.leaders.some((entry) => numbersOf(entry).includes(token.value));
      return known ? `${token.text} stands for something else in the document` : missing(token.text);
    }
    const leads = clause.some(
      (t) => t.kind === 'word' && /^(leads?|leading|led|leader|tops|topped|wins|won|winner|best)$/i.test(t.text),
    );
    if (leads && named.length > 0 && !named.some(({ competitionRank }) => competitionRank === 1)) {
      return `${JSON.stringify(named[0]?.player)} is not first`;
    }
    const extreme = labels.includes('highest') ? 'highest' : labels.includes('lowest') ? 'lowest' : undefined;
    if (extreme !== undefined && named.length > 0) {
      const bound = facts.entries.scores?.[extreme];
      if (!named.some(({ score }) => score === bound)) return `the ${extreme} score is not theirs`;
    }
  }
  return undefined;
}

const missing = (text: string): string => `${text} is not a number of the document`;

/** What its words say that the numbers of a clause are. */
function labelsOf(clause: readonly Token[]): Meaning[] {
  const percentiles = clause.flatMap((token, at): Meaning[] =>
    token.kind === 'percent' || (token.kind === 'ordinal' && isPercentile(clause, at))
      ? [`percentile ${token.value}`]
      : [],
  );
  return [...percentiles, ...labelsIn(clause.map((_, at) => textAt(clause, at)).join(' '))];
}

/** The 90th percentile is no rank. */
function isPercentile(clause: readonly Token[], at: number): boolean {
  return /^percentile/i.test(textAt(clause, at + 1));
}

function textAt(clause: readonly Token[], index: number): string {
  const token = clause[index];
  return token !== undefined && 'text' in token ? token.text : '';
}

function clausesOf(tokens: readonly Token[]): Token[][] {
  const clauses: Token[][] = [[]];
  for (const token of tokens) {
    const divides =
      token.kind === 'break' || (token.kind === 'word' && /^(and|while|but|whereas|followed)$/i.test(token.text));
    if (divides) clauses.push([]);
    else clauses.at(-1)?.push(token);
  }
  return clauses;
}

function playersIn(tokens: readonly Token[]): Entry[] {
  return tokens.flatMap((token) => (token.kind === 'player' ? [token.entry] : []));
}

function subjectOf(clauses: readonly Token[][], index: number): Entry[] {
  for (let at = index; at >= 0; at -= 1) {
    const named = playersIn(clauses[at] as Token[]);
    if (named.length > 0) return named;
  }
  return (
    clauses
      .slice(index + 1)
      .map(playersIn)
      .find((named) => named.length > 0) ?? []
  );
}

/** "A is ahead of B" must be so. */
function orderObjection(tokens: readonly Token[]): string | undefined {
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word') continue;
    const ahead = /^(ahead|above|beats?|beating)$/i.test(token.text);
    if (!ahead && !/^(behind|below|trails?|trailed|trailing|follows?)$/i.test(token.text)) continue;
    const before = playersIn(tokens.slice(0, index)).at(-1);
    const after = playersIn(tokens.slice(index + 1)).at(0);
    if (before === undefined || after === undefined) continue;
    if (ahead ? before.rank > after.rank : before.rank < after.rank) {
      return `${JSON.stringify(before.player)} is not ${token.text} ${JSON.stringify(after.player)}`;
    }
  }
  return undefined;
}

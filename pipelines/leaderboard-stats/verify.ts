import { claimsObjection } from './claims.ts';
import { subjectsIn } from './clauses.ts';
import { numbersObjection } from './numbers.ts';
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
    if (
      token.kind === 'date' &&
      ![facts.window.id, facts.window.from, facts.asOf].some((text) => text?.includes(token.text))
    ) {
      return `${token.text} is not a date of the document`;
    }
  }
  return numbersObjection(tokens, facts) ?? claimsObjection(tokens) ?? orderObjection(tokens);
}

/** Words of the board itself, which need not be English. */
function ownWords({ board, ...facts }: Facts): Set<string> {
  return new Set(
    `${titleOf({ board })} ${board.unit ?? ''} ${facts.window.id}`.split(/[^\p{L}\p{M}\p{N}_'’-]+/u).map(bare),
  );
}

const bare = (word: string): string => word.toLowerCase().replace(/['’]s$/u, '');

/** "A is ahead of B" must be so. */
function orderObjection(tokens: readonly Token[]): string | undefined {
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word') continue;
    const ahead = /^(ahead|above|beats?|beating)$/i.test(token.text);
    if (!ahead && !/^(behind|below|trails?|trailed|trailing|follows?)$/i.test(token.text)) continue;
    const before = subjectsIn(tokens.slice(0, index)).at(-1);
    const after = subjectsIn(tokens.slice(index + 1)).at(0);
    if (before === undefined || after === undefined) continue;
    const [first, second] = ahead ? [before, after] : [after, before];
    if (first.entry === undefined || second.entry === undefined || first.entry.rank > second.entry.rank) {
      return `${JSON.stringify(before.name)} is not ${token.text} ${JSON.stringify(after.name)}`;
    }
  }
  return undefined;
}

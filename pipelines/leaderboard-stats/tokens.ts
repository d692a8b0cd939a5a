import type { Facts } from './schema.ts';
import { type Subject, subjectsOf } from './subjects.ts';
import { kindOfWord } from './vocabulary.ts';
import { titleOf } from './wording.ts';

/** What a sentence is made of, as far as it can be checked. */
export type Token =
  | { readonly kind: 'subject'; readonly subject: Subject }
  | { readonly kind: 'number' | 'ordinal' | 'percent'; readonly value: number; readonly text: string }
  | { readonly kind: 'date' | 'word' | 'break'; readonly text: string };

/** Digits with whatever may stand between them; {@link numberOf} decides whether it reads one way only. */
const NUMBER = /[+\-−]?\d(?:[\d.,_'’\u00a0\u2009\u202f]*\d)?(?: \d{3}(?!\d))*/u;
const PATTERN = new RegExp(
  [
    String.raw`(?<date>\d{4}-\d{2}-\d{2})`,
    String.raw`(?<number>${NUMBER.source})(?<suffix>\s?%|\s(?:percent|per cent)\b|(?:st|nd|rd|th)\b|[\p{L}_][\p{L}\p{N}_]*)?`,
    String.raw`(?<word>[\p{L}\p{M}_][\p{L}\p{M}\p{N}_'’-]*)`,
    '(?<break>[,;:.()—–-])',
    String.raw`(?<odd>[^\s"“”„'’‘!?])`,
  ].join('|'),
  'giu',
);

/** Splits a sentence, naming what cannot be read. Players, sources, the board's title and the window's name are found first, whatever they look like. */
export function tokenize(sentence: string, facts: Facts): Token[] | { readonly unreadable: string } {
  const tokens: Token[] = [];
  const subjects = subjectsOf(facts);
  const [, window] = facts.window.id.split(/:(.*)/);
  const others = [titleOf(facts), ...(window === undefined ? [] : [window])];
  for (const piece of cut(sentence, [...others, ...subjects.keys()])) {
    if (piece.literal !== undefined) {
      const subject = subjects.get(piece.literal);
      if (subject !== undefined) tokens.push({ kind: 'subject', subject });
      continue;
    }
    for (const match of piece.text.matchAll(PATTERN)) {
      const token = tokenOf(match.groups as Groups);
      if (token === undefined) return { unreadable: match[0] };
      tokens.push(token);
    }
  }
  return tokens;
}

type Groups = Partial<Record<'date' | 'number' | 'suffix' | 'word' | 'break' | 'odd', string>>;

function tokenOf({ date, number, suffix, word, break: pause }: Groups): Token | undefined {
  if (date !== undefined) return { kind: 'date', text: date };
  if (pause !== undefined) return { kind: 'break', text: pause };
  if (word !== undefined) {
    const known = kindOfWord(word.toLowerCase().replace(/['’]s$/u, ''));
    if (known.kind === 'number' || known.kind === 'ordinal') return { ...known, text: word };
    return { kind: 'word', text: word };
  }
  if (number === undefined) return undefined;
  const value = numberOf(number);
  const text = number + (suffix ?? '');
  if (value === undefined) return undefined;
  if (suffix === undefined) return { kind: 'number', value, text };
  if (/%|percent|per cent/i.test(suffix)) return { kind: 'percent', value, text };
  if (/^(st|nd|rd|th)$/i.test(suffix)) return { kind: 'ordinal', value, text };
  return undefined;
}

/** A number as written, thousands separators taken out; undefined when it cannot be read in one way only. */
export function numberOf(text: string): number | undefined {
  const plain = text.replace('−', '-').replace('+', '');
  const grouped = /^-?\d{1,3}([,_'’ \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*(?:\.\d+)?$/u.exec(plain);
  const digits = grouped === null ? plain : plain.replaceAll(grouped[1] as string, '');
  return /^-?\d+(?:\.\d+)?$/.test(digits) ? Number(digits) : undefined;
}

interface Piece {
  readonly text: string;
  readonly literal?: string;
}

/** Cuts the literals out of a text, the longest first, where they stand as words of their own. */
function cut(text: string, literals: readonly string[]): Piece[] {
  let pieces: Piece[] = [{ text }];
  for (const literal of literals.toSorted((a, b) => b.length - a.length)) {
    // A player called 7 or "second" must be quoted, or every such word would be that player.
    const plain = /^[\d\s.,]+$/.test(literal) || kindOfWord(literal.toLowerCase()).kind !== 'name';
    const escaped = literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
    const pattern = plain
      ? new RegExp(`(?<=["“„'‘])${escaped}(?=["”'’])`, 'gu')
      : new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?:['’]s)?(?![\\p{L}\\p{N}_])`, 'gu');
    pieces = pieces.flatMap((piece) => (piece.literal === undefined ? around(piece.text, pattern, literal) : [piece]));
  }
  return pieces;
}

function around(text: string, pattern: RegExp, literal: string): Piece[] {
  return text
    .split(pattern)
    .flatMap((part, index) => (index === 0 ? [{ text: part }] : [{ text: literal, literal }, { text: part }]));
}

import type { Board } from '../definition.ts';
import { scaledRange } from '../plan.ts';
import { exactLimit, fromScaled } from '../score.ts';

/** Why a row is no event of a board, by the number that the query gives it; 0 is none. The first that holds counts. */
export const REASONS = [
  'none',
  'row',
  'player-missing',
  'player-text',
  'player-length',
  'player-control',
  'score-missing',
  'score-number',
  'score-left-out',
  'score-beyond',
  'score-fine',
  'score-range',
  'time-missing',
  'time-text',
  'time-years',
  'time-future',
  'id-missing',
  'source-missing',
  'sequence-missing',
  'metadata-none',
  'metadata-json',
  'metadata-large',
  'metadata-lost',
] as const;
export type Reason = (typeof REASONS)[number];

export function codeOf(reason: Reason): number {
  return REASONS.indexOf(reason);
}

/** The scaled scores that one event may have: a change of a total may be negative, and larger than either end of the range. */
export function eventRange(board: Board): { least: number; most: number } {
  const limit = exactLimit(board.decimals);
  const { low, high } = scaledRange(board);
  return board.operator === 'sum' ? { least: -limit, most: limit } : { least: low, most: high };
}

/** What a person is told. */
export function explain(board: Board, code: number): string {
  const { decimals } = board;
  const { least, most } = eventRange(board);
  const limit = fromScaled(exactLimit(decimals), decimals);
  const texts: Record<Reason, string> = {
    none: 'is in order',
    row: 'is no JSON object with fields of an event',
    'player-missing': 'player is missing',
    'player-text': 'player must be a text',
    'player-length': 'player must be 1 to 128 bytes of UTF-8',
    'player-control': 'player must hold no control characters',
    'score-missing': 'score is missing',
    'score-number': 'score must be a finite number',
    'score-left-out': 'score must be left out: the board counts events',
    'score-beyond': `score is beyond ±${limit}, the exact range`,
    'score-fine':
      decimals === 0
        ? 'score must be an integer: the board declares no decimals'
        : `score has more than the ${decimals} decimals that the board declares`,
    'score-range': `score must be from ${fromScaled(least, decimals)} to ${fromScaled(most, decimals)}`,
    'time-missing': 'time is missing',
    'time-text': 'time must be RFC 3339 with an offset (2026-11-22T14:08:52Z) or a whole number since 1970',
    'time-years': 'time must be in the years 2015 to 2044',
    'time-future': 'time is more than five minutes in the future',
    'id-missing': 'id is missing or none (1 to 128 bytes): the board counts events once by their id',
    'source-missing': 'source is missing or none (1 to 128 bytes): the board counts events once by source and sequence',
    'sequence-missing':
      'sequence is missing or no whole number from 0 on: the board counts events once by source and sequence',
    'metadata-none': 'metadata is not kept by the board: it was made without metadataBytes',
    'metadata-json': 'metadata must be a JSON object',
    'metadata-large': `metadata is larger than the ${board.metadataBytes} bytes of JSON that the board keeps`,
    'metadata-lost': 'metadata holds a number that is too large to be kept, or a field named __proto__',
  };
  return texts[REASONS[code] as Reason];
}

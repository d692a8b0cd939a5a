import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scored } from '../../../src/evaluation/isotonic.ts';

export const TABLE = join(import.meta.dirname, 'first-tries.csv');
export const HEADER = 'batch,place,confidence,answers,right';

/** Whether an answer named its cause as the root, or as one of the next-best hypotheses. */
export type Place = 'root' | 'hypothesis';

/** Answers of one batch in one place with one confidence of the rules. */
export interface FirstTries extends Scored {
  readonly batch: string;
  readonly place: Place;
}

/**
 * What the rules said when they saw fault cases for the first time, before anything was mended because of them: a batch of cases
 * counts once, with the code of its day. An answer is right when kind, object (where the case states one) and verdict are.
 */
export function readFirstTries(): FirstTries[] {
  const [header, ...lines] = readFileSync(TABLE, 'utf8').trimEnd().split('\n');
  if (header !== HEADER) throw new Error(`${TABLE}: the first line must be \`${HEADER}\``);
  return lines.map((line) => {
    const [batch = '', place, confidence, answers, right] = line.split(',');
    return {
      batch,
      place: place as Place,
      score: Number(confidence),
      answers: Number(answers),
      right: Number(right),
    };
  });
}

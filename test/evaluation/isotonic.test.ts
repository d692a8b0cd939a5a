import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brier, isotonic, probabilityOf, type Scored } from '../../src/evaluation/isotonic.ts';

const scored = fc
  .array(
    fc.record({
      score: fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100),
      answers: fc.integer({ min: 0, max: 60 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) =>
    rows.map(({ score, answers, share }): Scored => ({ score, answers, right: Math.round(answers * share) })),
  );
const answersOf = (rows: readonly { answers: number }[]): number => rows.reduce((sum, { answers }) => sum + answers, 0);

describe('isotonic', () => {
  test('levels rise, are never certain, are large enough, and hold every answer once', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const levels = isotonic(rows, 20);
        expect(answersOf(levels)).toBe(answersOf(rows));
        for (const [at, { probability, answers, score }] of levels.entries()) {
          expect(probability > 0 && probability < 1).toBe(true);
          if (levels.length > 1) expect(answers).toBeGreaterThanOrEqual(20);
          const before = levels[at - 1];
          if (before === undefined) continue;
          expect(score).toBeGreaterThan(before.score);
          expect(probability).toBeGreaterThan(before.probability);
        }
      }),
    );
  });

  test('a probability never falls as the score rises, and lies between the outermost levels', () => {
    fc.assert(
      fc.property(
        scored,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, a, b) => {
          const levels = isotonic(rows);
          fc.pre(levels.length > 0);
          const [low, high] = [probabilityOf(levels, Math.min(a, b)), probabilityOf(levels, Math.max(a, b))];
          expect(low).toBeLessThanOrEqual(high);
          expect(low).toBeGreaterThanOrEqual(levels[0]?.probability ?? 0);
          expect(high).toBeLessThanOrEqual(levels.at(-1)?.probability ?? 1);
        },
      ),
    );
  });

  test('answers of one score are one level, in whichever rows they stand', () => {
    const row = { score: 0.8, answers: 30, right: 0 };
    expect(isotonic([row, { ...row, right: 30 }, { ...row, score: 0.9, right: 30 }])).toEqual([
      { score: 0.8, probability: 31 / 62, answers: 60 },
      { score: 0.9, probability: 31 / 32, answers: 30 },
    ]);
  });

  test('neighbours that fall are pooled at their common share', () => {
    const levels = isotonic(
      [
        { score: 0.5, answers: 98, right: 49 },
        { score: 0.8, answers: 50, right: 45 },
        { score: 0.9, answers: 48, right: 36 },
      ],
      20,
    );
    expect(levels).toEqual([
      { score: 0.5, probability: 0.5, answers: 98 },
      { score: (0.8 * 50 + 0.9 * 48) / 98, probability: 0.82, answers: 98 },
    ]);
    expect(probabilityOf(levels, 0.1)).toBe(0.5);
    expect(probabilityOf(levels, 1)).toBe(0.82);
  });
});

test('the Brier score is the mean squared error of what was said', () => {
  const rows = [
    { score: 1, answers: 2, right: 1 },
    { score: 0.5, answers: 2, right: 2 },
  ];
  expect(brier(rows, (score) => score)).toBe((1 + 0 + 0.25 + 0.25) / 4);
  expect(brier(rows, () => 0.75)).toBe((3 * 0.0625 + 0.5625) / 4);
});

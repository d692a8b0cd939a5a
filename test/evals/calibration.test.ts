import { expect, test } from 'vitest';
import { curvesOf, unseenBy } from '../../evals/deploy-explanation/calibration/curves.ts';
import { readFirstTries } from '../../evals/deploy-explanation/calibration/first-tries.ts';
import { calibrated } from '../../pipelines/deploy-explanation/calibration.ts';
import { CURVES } from '../../pipelines/deploy-explanation/calibration-curves.ts';
import { brier } from '../../src/evaluation/isotonic.ts';

const tries = readFirstTries();

test('the curves in use are those of the table', () => {
  const without = ({ root, hypothesis }: ReturnType<typeof curvesOf>) => ({
    root: root.map(({ score, probability }) => ({ score, probability })),
    hypothesis: hypothesis.map(({ score, probability }) => ({ score, probability })),
  });
  expect(CURVES).toEqual(without(curvesOf(tries)));
});

test('each row counts once, and no more answers are right than were given', () => {
  const keys = tries.map(({ batch, place, score }) => `${batch} ${place} ${score}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { place, score, answers, right } of tries) {
    expect(['root', 'hypothesis']).toContain(place);
    expect(score > 0 && score <= 1 && answers > 0 && right >= 0 && right <= answers).toBe(true);
  }
});

test.each(['root', 'hypothesis'] as const)(
  'a %s is told better by curves of other batches than by the rules themselves',
  (place) => {
    const own = tries.filter((row) => row.place === place);
    expect(unseenBy(own, place)).toBeLessThan(brier(own, (said) => said));
  },
);

test('what is shown keeps the order of what the rules said', () => {
  const said = Array.from({ length: 101 }, (_, hundredths) => hundredths / 100);
  for (const place of ['root', 'hypothesis'] as const) {
    const shown = said.map((one) => calibrated(place, one));
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  }
});

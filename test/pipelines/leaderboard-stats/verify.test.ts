import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../../pipelines/leaderboard-stats/schema.ts';
import { numberOf } from '../../../pipelines/leaderboard-stats/tokens.ts';
import { objectionTo, verifyNarrative } from '../../../pipelines/leaderboard-stats/verify.ts';
import { factsFor, readable, templateNarrative } from '../../../pipelines/leaderboard-stats/wording.ts';

function entry(rank: number, competitionRank: number, player: string, score: number) {
  return { rank, competitionRank, player, score, time: '2026-11-22T10:00:00.000Z' };
}

const facts: Facts = {
  board: {
    id: 'sprint',
    title: 'Weekly Sprint 3',
    unit: 'points',
    operator: 'best',
    direction: 'higher',
    decimals: 1,
    ties: 'earliest',
  },
  window: { id: 'day:2026-11-22', from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
  asOf: '2026-11-22T18:00:00.000Z',
  revision: 9,
  consistent: true,
  events: 48_210,
  entries: {
    count: 1204,
    scores: {
      mean: 402.317,
      standardDeviation: 118.042,
      lowest: -3,
      highest: 12_912.5,
      percentiles: [
        { percentile: 50, score: 377 },
        { percentile: 90, score: 803.5 },
      ],
    },
    ties: { scores: 4, entries: 9, largest: { score: 355, entries: 3 } },
  },
  leaders: [
    entry(1, 1, 'Mira', 12_912.5),
    entry(2, 2, 'nova_fox', 12_874),
    entry(3, 2, 'Ana María', 12_874),
    entry(4, 4, '7', 99),
  ],
  lead: 38.5,
};

describe('a sentence holds', () => {
  test.each([
    'Mira leads Weekly Sprint 3 with 12,912.5 points, 38.5 ahead of nova_fox.',
    'Mira is first with 12912.5 points and nova_fox second with 12 874.',
    "Mira's 12’912.5 points are the highest score.",
    'Ana María and nova_fox share second place.',
    'nova_fox is 38.5 points behind Mira.',
    'nova_fox came 2nd on 2026-11-22.',
    'The mean of the 1,204 players is 402.317 points, the standard deviation 118.042.',
    '48,210 events were scored.',
    'Half of the players have 377 points or less.',
    '90% of the players have 803.5 points or less.',
    'The 90th percentile is 803.5.',
    'Three players share the score 355.',
    'The lowest score was −3 points.',
    '“7” is fourth with 99 points.',
  ])('%s', (sentence) => expect(objectionTo(sentence, facts)).toBeUndefined());
});

describe('a sentence is dropped', () => {
  test.each([
    ['Mira leads with 12,913 points.', /12,913 is not a number of the document/],
    ['Mira leads with 12.9k points.', /cannot be checked/],
    ['Mira leads with 12,91 points.', /cannot be checked/],
    ['nova_fox leads with 12,874 points.', /"nova_fox" is not first/],
    ['nova_fox has 12,912.5 points.', /12,912.5 stands for something else/],
    ['Mira leads with 12,912.5 points, and Ana María has 12,912.5 points.', /stands for something else/],
    ['Zed leads with 12,912.5 points.', /"Zed" is neither a player/],
    ['Mira leads, followed by zed.', /"zed" is neither a player/],
    ['Mira42 leads.', /"Mira42" is neither a player/],
    ['Mira is second.', /second is no rank/],
    ['Mira is 3rd.', /3rd is no rank/],
    ['nova_fox is 38.5 points ahead of Mira.', /"nova_fox" is not ahead "Mira"/],
    ['Mira trails nova_fox by 38.5 points.', /"Mira" is not trails/],
    ['The mean is 118.042 points.', /stands for something else/],
    ['The median is 402.317 points.', /stands for something else/],
    ['There are 48,210 players.', /stands for something else/],
    ['There were 1,204 events.', /stands for something else/],
    ['Mira has double the points of nova_fox.', /"double" is not a number/],
    ['75% of the players have 803.5 points or less.', /75% is not a number/],
    ['Twenty-one players scored.', /"Twenty-one" is neither/],
    ['Five players share the score 355.', /Five is not a number/],
    ['nova_fox has the highest score.', /the highest score is not theirs/],
    ['Mira won on 2026-11-21.', /2026-11-21 is not a date/],
    ['Mira leads 🎉.', /cannot be checked/],
    ['Mira leads.\nIgnore the rest.', /not one line/],
    [`Mira ${'leads '.repeat(60)}`, /not one line/],
    ['', /empty/],
  ])('%s', (sentence, reason) => expect(objectionTo(sentence, facts)).toMatch(reason));

  test('whatever number it claims that the document does not hold', () => {
    const known =
      JSON.stringify(facts)
        .match(/-?\d+(\.\d+)?/g)
        ?.map(Number) ?? [];
    const number = fc
      .oneof(
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.integer({ min: 1, max: 2_000_000 }).map((n) => n / 100),
      )
      .filter((n) => !known.includes(n));
    const frame = fc.constantFrom(
      (n: string) => `Mira leads with ${n} points.`,
      (n: string) => `The mean is ${n}.`,
      (n: string) => `${n} players took part.`,
      (n: string) => `With ${n} points, Mira is ahead of nova_fox.`,
    );
    fc.assert(
      fc.property(number, frame, fc.boolean(), (n, sentence, grouped) => {
        expect(objectionTo(sentence(grouped ? readable(n) : String(n)), facts)).toBeDefined();
      }),
    );
  });
});

test('a number reads the same with and without separators, or not at all', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), fc.constantFrom(',', ' ', '_', '’'), (n, separator) => {
      expect(numberOf(String(n).replaceAll(/\B(?=(\d{3})+$)/g, separator))).toBe(n);
    }),
  );
  for (const text of ['1,2', '1,2345', '12,34,567', '1.2.3', '1,234_567']) expect(numberOf(text)).toBeUndefined();
});

test('whatever players are called, a sentence about them can be checked', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
  fc.assert(
    fc.property(fc.oneof(name, fc.constantFrom('solo-runner', 'a/b', '^$', '(?<x>', 'C++', '\\')), (player) => {
      const named = { ...facts, leaders: [entry(1, 1, player, 12_912.5)] };
      expect(objectionTo(`"${player}" leads with 12,912.5 points.`, named)).toBeUndefined();
    }),
  );
});

test('what the template says of a board holds, whatever its numbers', () => {
  const hundredths = fc.integer({ min: -2_000_000, max: 2_000_000 }).map((n) => n / 100);
  fc.assert(
    fc.property(hundredths, hundredths, fc.integer({ min: 0, max: 2 }), (mean, standardDeviation, decimals) => {
      const scores = { ...facts.entries.scores, mean, standardDeviation } as NonNullable<Facts['entries']['scores']>;
      const other = { ...facts, board: { ...facts.board, decimals }, entries: { ...facts.entries, scores } };
      for (const sentence of templateNarrative(other).highlights) {
        expect([sentence, objectionTo(sentence, other)]).toEqual([sentence, undefined]);
      }
    }),
  );
});

describe('the narrative', () => {
  test('without an answer is the template’s, each sentence of which holds', () => {
    const narrative = verifyNarrative(facts, null);
    expect(narrative).toMatchObject({ by: 'template', noModel: true, dropped: [] });
    expect(narrative.headline).toBe(
      'Mira leads Weekly Sprint 3 on 2026-11-22 with 12,912.5 points, 38.5 ahead of nova_fox',
    );
    for (const sentence of [narrative.headline, ...narrative.highlights])
      expect(objectionTo(sentence, facts)).toBeUndefined();
    for (const sentence of factsFor(facts).facts) expect(objectionTo(sentence, facts)).toBeUndefined();
  });

  test('keeps what holds, replaces what does not, and says which and why', () => {
    const narrative = verifyNarrative(facts, {
      headline: 'Mira crushes everyone with 13,000 points',
      highlights: ['Mira is first.', 'Mira is first.', 'Zed is close behind.', 'The mean is 402.317.'],
    });
    expect(narrative.by).toBe('both');
    expect(narrative.headline).toBe(templateNarrative(facts).headline);
    expect(narrative.highlights).toEqual(['Mira is first.', 'The mean is 402.317.']);
    expect(narrative.dropped).toEqual([
      {
        sentence: 'Mira crushes everyone with 13,000 points',
        reason: '"crushes" is neither a player in the document nor an ordinary word',
      },
      { sentence: 'Zed is close behind.', reason: '"Zed" is neither a player in the document nor an ordinary word' },
    ]);
  });

  test('is the template’s when nothing of an answer holds', () => {
    const narrative = verifyNarrative(facts, { headline: 'Zed!', highlights: ['1 000 000 to go'] });
    expect(narrative).toMatchObject({ ...templateNarrative(facts), by: 'template', noModel: false });
    expect(narrative.dropped).toHaveLength(2);
  });

  test('of an empty window says that it is empty', () => {
    const { lead: _, ...rest } = facts;
    const empty = { ...rest, events: 0, entries: { count: 0, ties: { scores: 0, entries: 0 } }, leaders: [] };
    expect(verifyNarrative(empty, null)).toMatchObject({
      headline: 'Weekly Sprint 3 has no entries on 2026-11-22 yet',
      highlights: [],
    });
  });
});

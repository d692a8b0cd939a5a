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
    timeZone: 'UTC',
  },
  window: { id: 'day:2026-11-22', from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
  asOf: '2026-11-22T18:00:00.000Z',
  revision: 9,
  consistent: true,
  events: 48_210,
  late: 0,
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

const moved: Facts = {
  ...facts,
  late: 12,
  entries: {
    ...facts.entries,
    histogram: {
      width: 500,
      bins: [
        { from: -500, to: 0, count: 4 },
        { from: 0, to: 500, count: 700 },
        { from: 500, to: 1000, count: 500 },
      ],
    },
  },
  movers: {
    before: 'day:2026-11-21',
    revision: 4,
    countBefore: 990,
    entered: [{ player: '7', score: 99, rank: 4 }],
    climbed: [{ player: 'nova_fox', score: 12_874, rank: 2, rankBefore: 17, change: 15 }],
    fallen: [{ player: 'Ana María', score: 12_874, rank: 3, rankBefore: 1, change: -2 }],
    stayed: 1,
  },
  outliers: {
    scores: 11,
    jumps: 2,
    bursts: 1,
    listed: [
      {
        kind: 'score',
        player: 'Mira',
        rank: 1,
        value: 12_912.5,
        why: '',
        evidence: { median: 377.25, deviation: 61.5, measure: 'median', z: 137.48 },
      },
      {
        kind: 'jump',
        player: 'Zoé',
        value: 4200,
        from: 310.5,
        to: 4510.5,
        time: '2026-11-22T10:00:00.000Z',
        why: '',
        evidence: { maxJump: 1500, times: 2.8 },
      },
      {
        kind: 'burst',
        source: 'eu-west:3',
        value: 480,
        from: '2026-11-22T10:00:00.000Z',
        to: '2026-11-22T10:10:00.000Z',
        why: '',
        evidence: { median: 12, deviation: 3, measure: 'median', z: 105.22, counts: 300 },
      },
    ],
  },
};

describe('of movers, outliers and the histogram', () => {
  test.each([
    'nova_fox climbed 15 ranks from 17 to 2.',
    'nova_fox climbed 15 places to rank 2 with 12,874 points.',
    'nova_fox rose from 17th to 2nd.',
    'Up 15 places, nova_fox is second.',
    'Ana María fell by 2.',
    'Ana María lost 2 places.',
    '“7” is new in the top 4.',
    '1 newcomer entered the top 4.',
    'Mira stands out with 12,912.5 points: the modified z-score is 137.48.',
    'The median is 377.25 and the median absolute deviation 61.5.',
    '11 scores stand out.',
    'Zoé jumped from 310.5 to 4,510.5 in a single event, where at most 1,500 is plausible.',
    'Zoé jumped by 4,200 points.',
    'eu-west:3 sent 480 events within ten minutes.',
    '700 players have scores from 0 to 500.',
    'The fullest range is from 0 to below 500.',
    '12 events came too late.',
  ])('%s (holds)', (sentence) => expect(objectionTo(sentence, moved)).toBeUndefined());

  test.each([
    ['nova_fox climbed 14 ranks.', /14 is not a number/],
    ['nova_fox climbed 17 ranks.', /17 stands for something else/],
    ['nova_fox climbed 2 ranks.', /2 stands for something else/],
    ['nova_fox climbed from 2 to 17.', /2 stands for something else/],
    ['nova_fox rose from 2nd to 17th.', /2nd is no rank/],
    ['nova_fox fell 15 ranks.', /15 stands for something else/],
    ['nova_fox fell.', /"nova_fox" did not fall/],
    ['Mira climbed 3 ranks.', /3 stands for something else/],
    ['Mira climbed.', /"Mira" did not climb/],
    ['Mira and nova_fox climbed.', /"Mira" did not climb/],
    ['Ana María climbed 15 ranks.', /15 stands for something else/],
    ['Ana María is new in the top 4.', /"Ana María" is not new/],
    ['2 newcomers entered the top 4.', /2 stands for something else/],
    ['Zed is new in the top 4.', /"Zed" is neither/],
    ['Mira stands out: the modified z-score is 137.', /137 is not a number/],
    ['Mira stands out: the modified z-score is 105.22.', /105.22 is not a number/],
    ['nova_fox stands out with 12,874 points.', /"nova_fox" does not stand out/],
    ['12 scores stand out.', /12 stands for something else/],
    ['Zoé jumped from 310.5 to 4,511.5.', /4,511.5 is not a number/],
    ['Zoé jumped from 4,510.5 to 310.5.', /4,510.5 stands for something else/],
    ['Zoé jumped by 1,500 points.', /1,500 stands for something else/],
    ['Mira jumped from 310.5 to 4,510.5.', /stands for something else/],
    ['At most 4,200 is plausible.', /4,200 stands for something else/],
    ['Zoé leads.', /"Zoé" is not first/],
    ['Zoé is ahead of Mira.', /"Zoé" is not ahead/],
    ['eu-west:3 sent 481 events within ten minutes.', /481 is not a number/],
    ['eu-west:3 sent 480 events within twenty minutes.', /twenty is not a number/],
    ['eu-west:3 sent 48,210 events within ten minutes.', /48,210 stands for something else/],
    ['eu-west:3 sent 480 events.', /480 stands for something else/],
    ['The median absolute deviation is 377.', /377 stands for something else/],
    ['The absolute deviation is 118.042.', /118.042 stands for something else/],
    ['The mean absolute deviation is 402.317.', /402.317 stands for something else/],
    ['eu-west:4 sent 480 events within ten minutes.', /neither a player|stands for/],
    ['Mira sent 480 events within ten minutes.', /480 stands for something else/],
    ['Mira sent many events.', /"Mira" is no source/],
    ['700 players have scores from 500 to 1,000.', /stands for something else|not a number/],
    ['500 players have scores from 0 to 500.', /stands for something else|not a number/],
    ['The fullest range is from 500 to 1,000.', /not a number|stands for something else/],
    ['48,210 events came too late.', /48,210 stands for something else/],
    ['There were 12 events.', /12 stands for something else/],
  ])('%s (is dropped)', (sentence, reason) => expect(objectionTo(sentence, moved)).toMatch(reason));

  test('what is told a model and what the template says holds', () => {
    for (const sentence of [...factsFor(moved).facts, ...templateNarrative(moved).highlights]) {
      // A player called 7 is only recognised in quotes.
      if (!sentence.startsWith('7 ')) expect([sentence, objectionTo(sentence, moved)]).toEqual([sentence, undefined]);
    }
    expect(templateNarrative(moved).highlights).toEqual([
      'There are 1,204 players from 48,210 events.',
      'Mira stands out with 12,912.5 points: the modified z-score is 137.48.',
      'nova_fox climbed 15 ranks from 17 to 2.',
    ]);
  });

  test('without them nobody climbs, jumps or stands out', () => {
    for (const verb of ['climbed', 'fell', 'jumped', 'stands out', 'is new in the top 4']) {
      expect(objectionTo(`Mira ${verb}.`, facts)).toMatch(/"Mira" (did not|does not|is not)/);
    }
  });

  test('no wrong number of a mover or an outlier passes', () => {
    const known = new Set(
      JSON.stringify(moved)
        .match(/\d+(\.\d+)?/g)
        ?.map(Number),
    );
    const wrong = fc.integer({ min: 0, max: 20_000 }).filter((n) => !known.has(n) && n !== 10);
    const frame = fc.constantFrom(
      (n: string) => `nova_fox climbed ${n} ranks from 17 to 2.`,
      (n: string) => `nova_fox climbed 15 ranks from ${n} to 2.`,
      (n: string) => `nova_fox climbed 15 ranks from 17 to ${n}.`,
      (n: string) => `Mira stands out: the modified z-score is ${n}.`,
      (n: string) => `Zoé jumped from ${n} to 4,510.5.`,
      (n: string) => `Zoé jumped from 310.5 to ${n}.`,
      (n: string) => `eu-west:3 sent ${n} events within ten minutes.`,
      (n: string) => `${n} players have scores from 0 to 500.`,
      (n: string) => `700 players have scores from 0 to ${n}.`,
      (n: string) => `${n} events came too late.`,
    );
    fc.assert(
      fc.property(wrong, frame, (n, sentence) => {
        expect(objectionTo(sentence(readable(n)), moved)).toBeDefined();
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

  test.each([
    ['all', ''],
    ['day:2026-11-22', ' on 2026-11-22'],
    ['week:2026-W48', ' in the week 2026-W48'],
    ['hour:2026-10-25T02+02:00', ' in the hour 2026-10-25T02+02:00'],
    ['season:winter', ' in the season winter'],
  ])('says which window it speaks of: %s', (id, when) => {
    const other = { ...facts, window: { id } };
    const { headline } = templateNarrative(other);
    expect(headline).toContain(`Weekly Sprint 3${when} with`);
    expect(objectionTo(headline, other)).toBeUndefined();
    if (id !== 'all') expect(objectionTo(headline.replace(/2026|winter/, '2025'), other)).toBeDefined();
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

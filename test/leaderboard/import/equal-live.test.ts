import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BoardSettings } from '../../../src/leaderboard/definition.ts';
import { importFiles } from '../../../src/leaderboard/import/import.ts';
import { boardKeys } from '../../../src/leaderboard/keys.ts';
import { contentsOf, type FileKind, importKit, newBoard, sendLive, type WireEvent, writeEvents } from './support.ts';

const { prefix, redis, folder } = importKit();
const NOW = Date.parse('2026-11-24T00:00:00Z');

const settings = fc
  .record({
    operator: fc.constantFrom('best', 'latest', 'sum', 'count'),
    direction: fc.constantFrom('higher', 'lower'),
    ties: fc.constantFrom('earliest', 'none'),
    decimals: fc.constantFrom(0, 2, 6),
    windows: fc.subarray(['all', 'hour', 'day', 'week', 'month'], { minLength: 1 }),
    seasons: fc.constantFrom(
      [],
      [{ id: 'spring', start: '2026-03-01T00:00:00Z', end: '2026-03-29T01:00:00.001Z' }],
      [
        { id: 'early', start: '2026-03-28T12:00:00Z', end: '2026-03-29T12:00:00Z' },
        { id: 'long', start: '2026-03-29T00:59:59.999Z', end: '2026-06-01T00:00:00Z' },
        { id: 'before', start: '2020-01-01T00:00:00Z', end: '2020-06-01T00:00:00Z' },
      ],
    ),
    // Clocks change on the days of the events: by an hour, by half of one, at midnight; or never, at odd offsets.
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Asia/Beirut', 'Australia/Lord_Howe'),
    metadataBytes: fc.constantFrom(0, 40),
    maxEntries: fc.constantFrom(undefined, 3),
    denseRanks: fc.boolean(),
    dedupe: fc.constantFrom(undefined, { by: 'id' as const }, { by: 'sequence' as const }),
    // Half of the boards have only windows of whole days and no metadata, which are reduced in another way.
    days: fc.boolean(),
  })
  .map(({ days, ...rest }) =>
    days
      ? {
          ...rest,
          metadataBytes: 0,
          seasons: [],
          windows: [...new Set([...rest.windows, 'day'])].filter((kind) => kind !== 'hour'),
        }
      : rest,
  )
  .map(({ maxEntries, dedupe, ...rest }) => ({
    ...rest,
    // Room for the totals below with the decimals.
    ...(rest.decimals === 6 ? { min: -60, max: 60, windows: rest.windows.filter((kind) => kind !== 'all') } : {}),
    ...(rest.operator === 'count' ? { decimals: 0, min: 0, max: 1000 } : {}),
    ...(maxEntries === undefined || rest.operator !== 'best' ? {} : { maxEntries }),
    ...(dedupe === undefined ? {} : { dedupe }),
    ...(rest.ties === 'none' && (rest.operator === 'sum' || rest.operator === 'count') ? { metadataBytes: 0 } : {}),
  }))
  .map((made) => ({ ...made, windows: made.windows.length === 0 ? ['day'] : made.windows }))
  .map((made) => made as unknown as BoardSettings);

const event = fc.record({
  player: fc.constantFrom(
    'ada',
    'Bob',
    'x:y',
    'émile',
    '鬼',
    '🦊',
    'ｚ',
    '0',
    'a b',
    '-inf',
    "o'q",
    '"q"',
    'a,b',
    'back\\n',
  ),
  score: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -900, max: 900 })),
  time: fc
    .oneof(
      fc.constantFrom(0, 1, 999, 1000, 59_999, 60_000, 86_399_999, 86_400_000, 90_000_000, 172_800_001),
      fc.integer({ min: 0, max: 3 * 86_400_000 - 1 }),
      // Autumn: an hour that clocks show twice.
      fc.integer({ min: 210 * 86_400_000, max: 212 * 86_400_000 }),
    )
    .map((offset) => Date.parse('2026-03-28T00:00:00Z') + offset),
  metadata: fc.constantFrom(undefined, {}, { hat: 'red' }, { hat: 'blue', level: 3 }, { z: 1.5, a: [null, true] }),
  identity: fc.integer({ min: 0, max: 30 }),
});

const kinds = fc.constantFrom<FileKind>('ndjson', 'ndjson.gz', 'csv', 'csv.gz', 'parquet');

test('an import leaves what the same events leave that are sent live, batch by batch', async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(fc.array(event, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 }),
      kinds,
      fc.constantFrom('DOUBLE', 'DECIMAL(18,6)', 'DECIMAL(9,2)', 'VARCHAR'),
      fc.constantFrom('TIMESTAMPTZ', 'TIMESTAMP', 'VARCHAR'),
      async (chosen, batches, kind, scoreType, timeType) => {
        const [live, imported] = [await newBoard(redis, prefix, chosen), await newBoard(redis, prefix, chosen)];
        const firsts = new Map<number, WireEvent>();
        const wire = batches.map((batch) =>
          batch.map(({ player, score, time, metadata, identity }): WireEvent => {
            const { dedupe, operator, decimals = 0 } = live;
            const { min = -1000 } = live;
            const small = decimals === 6 && operator === 'sum' ? 1e6 : 10 ** Math.min(decimals, 2);
            const made = {
              player,
              ...(operator === 'count' ? {} : { score: Math.max(min, score / small) }),
              time: new Date(time).toISOString(),
              ...(dedupe?.by === 'id' ? { id: `e ${identity}` } : {}),
              ...(dedupe?.by === 'sequence' ? { source: `s${identity % 2}`, sequence: identity >> 1 } : {}),
              ...(live.metadataBytes > 0 && metadata !== undefined ? { metadata } : {}),
            };
            if (dedupe === undefined) return made;
            const first = firsts.get(identity) ?? made;
            firsts.set(identity, first);
            return first;
          }),
        );
        for (const batch of wire) await sendLive(redis, prefix, live, batch, NOW);
        const columns = { score: decimalsFit(scoreType, live.decimals) ? scoreType : 'DOUBLE', time: timeType };
        const all = wire.flat();
        // Two files, unless they would hold the same, which is refused.
        const halves = [all.slice(0, all.length >> 1), all.slice(all.length >> 1)];
        const same = JSON.stringify(halves[0]) === JSON.stringify(halves[1]);
        const parts = same || all.length === 1 ? [all] : halves;
        const files = await Promise.all(
          parts.map((part, index) => writeEvents(folder, `${imported.id}-${index}`, kind, part, columns)),
        );
        const result = await importFiles({ redis, prefix, board: imported.id, files, onInvalid: 'refuse', now: NOW });
        expect(result).toMatchObject({ invalid: 0, late: 0, rows: all.length, before: 'none' });
        expect(await contentsOf(redis, prefix, imported)).toEqual(await contentsOf(redis, prefix, live));
        expect(await redis.zcard(boardKeys(prefix, imported.id).pending)).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

test('where clocks are set a minute past the hour, too', async () => {
  const chosen: BoardSettings = { operator: 'sum', windows: ['hour', 'day'], timeZone: 'Antarctica/Casey' };
  const [live, imported] = [await newBoard(redis, prefix, chosen), await newBoard(redis, prefix, chosen)];
  const times = [
    '15:59:59.999',
    '16:00:00',
    '16:00:30',
    '16:00:59.999',
    '16:01:00',
    '16:05:00',
    '16:59:00',
    '17:00:00',
  ];
  const events = times.map((time, index) => ({ player: 'ada', score: 2 ** index, time: `2020-10-03T${time}Z` }));
  await sendLive(redis, prefix, live, events, NOW);
  const files = [await writeEvents(folder, imported.id, 'ndjson', events, { score: 'DOUBLE', time: 'VARCHAR' })];
  await importFiles({ redis, prefix, board: imported.id, files, onInvalid: 'refuse', now: NOW });
  const contents = await contentsOf(redis, prefix, imported);
  expect(contents).toEqual(await contentsOf(redis, prefix, live));
  expect(contents['state:hour:2020-10-04T00+08:00']).toEqual({ events: '3' });
  expect(contents['state:hour:2020-10-04T03+11:00']).toEqual({ events: '3' });
}, 60_000);

function decimalsFit(type: string, decimals: number): boolean {
  return type !== 'DECIMAL(9,2)' || decimals <= 2;
}

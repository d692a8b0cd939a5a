import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { OpslineError } from '../../../src/errors.ts';
import type { Board, BoardSettings } from '../../../src/leaderboard/definition.ts';
import { checkEvents } from '../../../src/leaderboard/events.ts';
import { type ImportResult, importFiles } from '../../../src/leaderboard/import/import.ts';
import { boardKeys } from '../../../src/leaderboard/keys.ts';
import { Reads } from '../../../src/leaderboard/reads.ts';
import { viewOf } from '../../../src/leaderboard/series.ts';
import { contentsOf, importKit, newBoard, query, writeEvents } from './support.ts';

const { prefix, redis, folder } = importKit();
const NOW = Date.parse('2026-11-24T00:00:00Z');
const TIME = '2026-11-20T10:00:00Z';

const importInto = (
  board: Board,
  files: readonly string[],
  onInvalid: 'refuse' | 'skip' = 'refuse',
): Promise<ImportResult> => importFiles({ redis, prefix, board: board.id, files, onInvalid, now: NOW });

async function refusal(act: Promise<unknown>): Promise<OpslineError> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OpslineError);
  return error as OpslineError;
}

function acceptsLive(board: Board, event: unknown): boolean {
  try {
    checkEvents(board, [event], NOW);
    return true;
  } catch {
    return false;
  }
}

const SCORES = [
  ...[
    0, -0, 1, 12.3, 12.34, 12.345, -12.34, 0.1, 0.29, 1.005, 1e-7, 1e21, 1e15, 9_999_999_999_999.99, 83_886.07,
    83_886.08,
  ],
  ...[-83_886.07, 123_456_789_012.34, 2 ** 53, 0.1 + 0.2, 1.1 * 1.1, 5e-324, 1.7e308, '12', true, null, [1], { a: 1 }],
];
const TIMES = [
  ...['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.123Z', '2026-11-20T10:00:00.1239999Z', '2026-11-20T10:00:00+05:45'],
  ...['2026-11-20T10:00:00-23:59', '2026-11-20T10:00:00+24:00', '2026-11-20T10:00:60Z', '2026-11-20T24:00:00Z'],
  ...[
    '2026-02-29T10:00:00Z',
    '2024-02-29T10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
  ],
  ...[
    '2014-12-31T23:59:59.999Z',
    '2015-01-01T00:00:00Z',
    '2026-11-24T00:04:59Z',
    '2026-11-24T00:05:01Z',
    '2045-01-01T00:00:00Z',
  ],
  ...[
    '2026-11-20 10:00:00Z',
    '2026-11-20T10:00:00',
    '2026-11-20',
    '20261120T100000Z',
    '2026-11-20t10:00:00z',
    ' 2026-11-20T10:00:00Z',
    '',
  ],
  ...['2026-11-20T10:00Z', '0000-00-00T00:00:00Z', 'infinity', 'epoch', 'now', '99999-01-01T00:00:00Z', true, null, {}],
];
const PLAYERS = [
  ...[
    'ada',
    'a'.repeat(128),
    'a'.repeat(129),
    'é'.repeat(64),
    'é'.repeat(65),
    '🦊'.repeat(32),
    '🦊'.repeat(33),
    '',
    ' ',
  ],
  ...[
    'tab\t',
    'nul\0',
    'esc\u001b',
    'del\u007f',
    'c1\u0085',
    'c1\u009f',
    '\u00a0',
    '\u2028',
    '\ud800',
    'back\\slash',
    '"',
    "'",
  ],
  ...['\ufeffbom', '\u202e', 5, 1.5, true, null, ['ada'], { id: 'ada' }],
];

describe('a row counts exactly when the same event counts that is sent live', () => {
  test.each<[string, BoardSettings]>([
    ['cents', { operator: 'best', decimals: 2 }],
    ['integers', { operator: 'latest', min: -5, max: 2 ** 42 - 1, windows: ['day'] }],
    ['totals', { operator: 'sum', decimals: 6, ties: 'none' }],
  ])('%s', async (_, settings) => {
    const board = await newBoard(redis, prefix, settings);
    const events = [
      ...SCORES.map((score) => ({ player: 'ada', score, time: TIME })),
      ...TIMES.map((time) => ({ player: 'ada', score: 1, time })),
      ...PLAYERS.map((player) => ({ player, score: 1, time: TIME })),
      ...[{ score: 1, time: TIME }, { player: 'ada', time: TIME }, { player: 'ada', score: 1 }, {}, [], 'text', 5],
    ];
    const path = join(folder, `${board.id}.ndjson`);
    await writeFile(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const wrong = events.flatMap((event, index) => (acceptsLive(board, event) ? [] : [index]));
    expect(wrong.length).toBeGreaterThan(40);
    const error = await refusal(importInto(board, [path]));
    expect(error.message).toContain(`${wrong.length} of ${events.length} rows`);
    expect(error.issues.map((issue) => issue.path)).toEqual(
      wrong.slice(0, 20).map((index) => `${path}, line ${index + 1}`),
    );
    expect(Object.keys(await contentsOf(redis, prefix, board))).toEqual([]);
    // Each alone, so that none hides behind another.
    const rest = join(folder, `${board.id}-rest.ndjson`);
    for (let from = 0; from < wrong.length; from += 20) {
      const some = wrong.slice(from, from + 20).map((index) => events[index]);
      await writeFile(rest, some.map((event) => `${JSON.stringify(event)}\n`).join(''));
      expect((await refusal(importInto(board, [rest]))).issues).toHaveLength(some.length);
    }
    const result = await importInto(board, [path], 'skip');
    expect(result).toMatchObject({ rows: events.length, invalid: wrong.length, events: events.length - wrong.length });
  });
});

test('what is wrong is said with file, line or row, and reason; blank lines and quoted line breaks do not confuse it', async () => {
  const board = await newBoard(redis, prefix, { operator: 'best', max: 100 });
  const ndjson = join(folder, 'places.ndjson');
  await writeFile(
    ndjson,
    `\n{"player":"ada","score":1,"time":"${TIME}"}\r\n  \n\nnot json\n{"player":"ada","score":101,"time":"${TIME}"}\n{"player":"ada","score":1,"time":"${TIME}"}{"player":"bob","score":1,"time":"${TIME}"}`,
  );
  const csv = join(folder, "it's *odd*[1] ?.csv");
  await writeFile(
    csv,
    `\ufefftime,other,"player",score\r\n${TIME},"x\ny",ada,1\r\n${TIME},,"a,b",1.5\r\n${TIME},,,7\r\n`,
  );
  const parquet = await writeEvents(folder, 'places', 'parquet', [
    { player: 'ada', score: 1, time: TIME },
    { player: 'ada', score: 1, time: '2027-01-01T00:00:00Z' },
  ]);
  const { issues } = await refusal(importInto(board, [ndjson, csv, parquet]));
  expect(issues).toEqual([
    { path: `${ndjson}, line 5`, message: 'is no JSON object with fields of an event' },
    { path: `${ndjson}, line 6`, message: 'score must be from -100 to 100' },
    { path: `${ndjson}, line 7`, message: 'is no JSON object with fields of an event' },
    { path: `${csv}, row 2`, message: 'score must be an integer: the board declares no decimals' },
    { path: `${csv}, row 3`, message: 'player is missing' },
    { path: `${parquet}, row 2`, message: 'time is more than five minutes in the future' },
  ]);
  const result = await importInto(board, [ndjson, csv, parquet], 'skip');
  expect(result).toMatchObject({ rows: 9, invalid: 6, events: 3, issues });
});

test('files that cannot be read are named', async () => {
  const board = await newBoard(redis, prefix, { operator: 'best', dedupe: { by: 'id' } });
  const write = async (name: string, text: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const good = await write('good.csv', `player,score,time,id\nada,1,${TIME},1\n`);
  const many = Array.from({ length: 5000 }, (_, i) => i);
  const lines = many.map((i) => `{"player":"${i * 7919}","score":1,"time":"${TIME}","id":"${i}"}\n`).join('');
  const csv = `player,score,time,id\n${many.map((i) => `${i * 7919},1,${TIME},${i}\n`).join('')}`;
  const cut = (text: string): Buffer => gzipSync(text).subarray(0, -1000);
  const cases: [string[], RegExp][] = [
    [
      [await write('open-quote.csv', `player,score,time,id\nada,1,${TIME},"1\n`)],
      /open-quote\.csv, line 2 cannot be read/,
    ],
    [
      [await write('short.csv', `player,score,time,id\nada,1,${TIME}\n`)],
      /short\.csv, line 2 cannot be read: .*Columns/,
    ],
    [[await write('empty.csv', '')], /empty\.csv has no line with the names/],
    [[await write('no-id.csv', `player,score,time\nada,1,${TIME}\n`)], /no-id\.csv has no column id/],
    [[await write('none.parquet', 'not parquet')], /none\.parquet cannot be read/],
    [[await write('none.csv.gz', 'not gzip')], /none\.csv\.gz/],
    [[await write('none.ndjson', '')], /hold no event/],
    [[join(folder, 'missing.csv')], /missing\.csv cannot be read: ENOENT/],
    [[join(folder, '*.csv')], /\*\.csv cannot be read: ENOENT/],
    [[`${folder}/`], /must end in \.parquet/],
    [[await write('table.xlsx', '')], /table\.xlsx must end in \.parquet/],
    [
      [good, await write('same.csv', `player,score,time,id\nada,1,${TIME},1\n`)],
      /good\.csv and .*same\.csv hold the same/,
    ],
    [[await write('bad-utf8.ndjson', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]))], /1 of 1 rows/],
    [[await write('cut.ndjson.gz', cut(lines))], /cut\.ndjson\.gz/],
    [[await write('cut.csv.gz', cut(csv))], /cut\.csv\.gz/],
  ];
  for (const [files, message] of cases) {
    const error = await refusal(importInto(board, files));
    expect([error.message, ...error.issues.map((issue) => issue.path)].join(' ')).toMatch(message);
    expect(error.code).toBe('invalid-input');
  }
  expect(Object.keys(await contentsOf(redis, prefix, board))).toEqual([]);
});

test('numbers of every type of a Parquet file are exact, and times of every unit', async () => {
  const board = await newBoard(redis, prefix, { operator: 'latest', decimals: 2, ties: 'none', windows: ['all'] });
  const ms = Date.parse('2026-11-20T10:00:00.123Z');
  const values: [score: string, time: string, expected: number][] = [
    ["'9999999999999.99'::DECIMAL(38,10)", `${ms}::BIGINT`, 9_999_999_999_999.99],
    ["'-0.10'::DECIMAL(4,2)", `${ms * 1000}::BIGINT`, -0.1],
    ['0.1::FLOAT', `${ms * 1_000_000}::BIGINT`, 0.1],
    ['1.1::DOUBLE', `${Math.floor(ms / 1000)}::UINTEGER`, 1.1],
    ['7::UTINYINT', `make_timestamp_ns(${ms * 1_000_000})`, 7],
    ['(-9999999999999)::BIGINT', `make_timestamp(${ms * 1000})`, -9_999_999_999_999],
    ["'12.50'", `epoch_ms(${ms})::TIMESTAMP_MS`, 12.5],
    ['0.29::DOUBLE', `make_timestamp(${ms * 1000})::TIMESTAMPTZ`, 0.29],
  ];
  for (const [index, [score, time, expected]] of values.entries()) {
    const path = join(folder, `typed-${index}.parquet`);
    await query(
      `COPY (SELECT 'p${index}' AS player, ${score} AS score, ${time} AS time, 1 AS row, 2 AS wrong) TO '${path}'`,
    );
    await importInto(board, [path]);
    const [entry] = (await new Reads(redis, prefix).around(viewOf(board, 'all'), `p${index}`, 0)).entries;
    expect(entry?.score).toBe(expected);
    const at = Number(await redis.hget(boardKeys(prefix, board.id).times('all'), `p${index}`));
    expect(at).toBe(time.includes('UINTEGER') ? Math.floor(ms / 1000) * 1000 : ms);
  }
  for (const score of [
    "'0.001'::DECIMAL(5,3)",
    "'12345678901234567890'::DECIMAL(38,2)",
    '0.001::FLOAT',
    "'NaN'::DOUBLE",
    "'1_000'",
  ]) {
    const path = join(folder, 'refused.parquet');
    await query(`COPY (SELECT 'ada' AS player, ${score} AS score, ${ms} AS time) TO '${path}'`);
    expect((await refusal(importInto(board, [path]))).issues[0]?.message).toMatch(/^score /);
  }
  const path = join(folder, 'typed.parquet');
  await query(`COPY (SELECT [1] AS player, 1 AS score, ${ms} AS time) TO '${path}'`);
  expect((await refusal(importInto(board, [path]))).message).toMatch(/column player as INTEGER\[\]/);
});

test('metadata that is none, too large or not kept is refused', async () => {
  const board = await newBoard(redis, prefix, { operator: 'best', metadataBytes: 12 });
  const events = [{ a: 1 }, { a: '123456' }, [1], 'x', 5].map((metadata) => ({
    player: 'ada',
    score: 1,
    time: TIME,
    metadata,
  }));
  const path = await writeEvents(folder, 'metadata', 'ndjson', events);
  expect((await refusal(importInto(board, [path]))).issues.map(({ message }) => message)).toEqual([
    'metadata is larger than the 12 bytes of JSON that the board keeps',
    'metadata must be a JSON object',
    'metadata must be a JSON object',
    'metadata must be a JSON object',
  ]);
  expect(await importInto(board, [path], 'skip')).toMatchObject({ events: 1, invalid: 4 });
  const plain = await newBoard(redis, prefix, { operator: 'best' });
  expect((await refusal(importInto(plain, [path]))).issues[0]?.message).toMatch(/not kept by the board/);
});

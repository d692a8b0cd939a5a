import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leaderboardStats } from '../../../pipelines/leaderboard-stats/index.ts';
import { renderStats } from '../../../pipelines/leaderboard-stats/render.ts';
import { StatsDocument } from '../../../pipelines/leaderboard-stats/schema.ts';
import { objectionTo } from '../../../pipelines/leaderboard-stats/verify.ts';
import { NarrateStandingsInput, type NarrateStandingsOutput } from '../../../signatures/narrate-standings.ts';
import { type Boards, createBoards } from '../../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../../src/leaderboard/ingest.ts';
import { noBoards } from '../../../src/leaderboard/no-boards.ts';
import { noModel, type Predictor } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { replay } from '../../../src/runs/replay.ts';
import { testRedis } from '../../helpers/redis.ts';
import { standings } from '../../leaderboard/oracle.ts';

const where = testRedis();
const sample = new URL('../../../examples/samples/leaderboard-stats/weekend-race/', import.meta.url);
const time = new Date(Date.now() - 60_000).toISOString();
let boards: Boards;
let worker: Awaited<ReturnType<typeof startIngestWorker>>;

beforeAll(async () => {
  boards = await createBoards(where);
  worker = await startIngestWorker(where);
});
afterAll(async () => {
  await worker.close();
  await boards.close();
});

/** A model that answers with what it is told to, and remembers what it was asked. */
function answering(answer: NarrateStandingsOutput): Predictor & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    model: 'test:fixed',
    asked,
    requestDigest: (signature, input) => JSON.stringify([signature.name, input]),
    async predict(signature, input) {
      asked.push(input);
      const call = {
        signature: signature.name,
        model: 'test:fixed',
        parameters: {},
        requestDigest: 'x',
        durationMs: 1,
      };
      return { ok: true, value: signature.output.parse(answer), call };
    },
    close: async () => {},
  };
}

async function document(input: object, predictor: Predictor = noModel()) {
  const record = await runInProcess(leaderboardStats(boards), input, { predictor });
  return { record, output: StatsDocument.parse(record.run.output) };
}

async function fill(id: string, events: readonly object[]): Promise<void> {
  await boards.waitForBatch(await boards.ingest(id, events, { key: 'fill' }), 10_000);
}

describe('the sample', () => {
  const events = async () => {
    const lines = (await readFile(new URL('events.ndjson', sample), 'utf8')).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as { player: string; score: number; time: string });
  };

  test('gives the document that the oracle expects, and a table of it', async () => {
    const { id, ...settings } = JSON.parse(await readFile(new URL('board.json', sample), 'utf8'));
    const { board } = await boards.define(id, settings);
    await fill(id, await events());
    const request = JSON.parse(await readFile(new URL('request.json', sample), 'utf8'));
    const { record, output } = await document(request);
    const plain = (await events()).map((event) => ({ ...event, time: Date.parse(event.time) }));
    const expected = standings(board, request.window, plain);
    expect(output.leaders.map(({ time: _, ...entry }) => entry)).toEqual(
      expected.slice(0, 10).map(({ denseRank: _, ...entry }) => entry),
    );
    expect(output.entries.count).toBe(expected.length);
    const mean = expected.reduce((sum, { score }) => sum + score, 0) / expected.length;
    const variance = expected.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / expected.length;
    expect(output.entries.scores?.mean).toBeCloseTo(mean, 4);
    expect(output.entries.scores?.standardDeviation).toBeCloseTo(Math.sqrt(variance), 4);
    expect(output.events).toBe(plain.filter((event) => event.time >= Date.parse('2026-11-22T00:00:00Z')).length);
    expect(record.run).toMatchObject({ status: 'succeeded', mode: 'rules' });
    expect(output.narrative).toMatchObject({ by: 'template', noModel: true });
    expect(renderStats(output, { color: false })).toMatchSnapshot();
  });
});

describe('a run', () => {
  beforeAll(async () => {
    await boards.define('duel', { operator: 'sum', title: 'Duel', unit: 'points' });
    await fill('duel', [
      { player: 'Mira', score: 1200, time },
      { player: 'Jonas', score: 900, time },
    ]);
  });

  test('shows of a model only what holds, and says what it dropped', async () => {
    const model = answering({
      headline: 'Mira leads Duel with 1,200 points, 300 ahead of Jonas.',
      firstHighlight: 'Jonas is second with 901 points.',
      secondHighlight: 'There are 2 players from 2 events.',
      thirdHighlight: 'Kim is third.',
    });
    const { record, output } = await document({ board: 'duel', window: 'all' }, model);
    expect(record.run.mode).toBe('model');
    expect(output.narrative).toEqual({
      by: 'model',
      noModel: false,
      headline: 'Mira leads Duel with 1,200 points, 300 ahead of Jonas.',
      highlights: ['There are 2 players from 2 events.'],
      dropped: [
        { sentence: 'Jonas is second with 901 points.', reason: '901 is not a number of the document' },
        { sentence: 'Kim is third.', reason: '"Kim" is neither a player in the document nor an ordinary word' },
      ],
    });
    expect(NarrateStandingsInput.parse(model.asked[0])).toMatchObject({ boardTitle: 'Duel' });
    expect(renderStats(output, { color: false })).toContain('✗ Kim is third.');
  });

  test('changes no number, whatever the model says', async () => {
    const wild = answering({ headline: '9', firstHighlight: '8', secondHighlight: '7', thirdHighlight: '' });
    const asOf = '2026-11-24T00:00:00Z';
    const input = { board: 'duel', window: 'all', asOf };
    const { narrative: _, ...told } = (await document(input, wild)).output;
    const { narrative: __, ...silent } = (await document(input)).output;
    expect(told).toEqual(silent);
  });

  test('replays from its record without Redis', async () => {
    const { record } = await document({ board: 'duel', window: 'day', asOf: time });
    const report = await replay(JSON.parse(JSON.stringify(record)), [leaderboardStats(noBoards('a test'))]);
    expect(report).toMatchObject({ ok: true });
  });

  test('takes `day` for the UTC day of asOf, and reports one without events as empty', async () => {
    const { output } = await document({ board: 'duel', window: 'day', asOf: '2026-02-01T23:30:00-02:00' });
    expect(output.window).toEqual({
      id: 'day:2026-02-02',
      from: '2026-02-02T00:00:00.000Z',
      to: '2026-02-03T00:00:00.000Z',
    });
    expect(output).toMatchObject({ events: 0, entries: { count: 0 }, leaders: [], asOf: '2026-02-02T01:30:00.000Z' });
    expect(output.narrative.headline).toBe('Duel has no entries on 2026-02-02 yet');
    expect(renderStats(output, { color: false })).toContain('Duel has no entries');
  });

  test.each([
    [{ board: 'nobody', window: 'all' }, 'board-not-found'],
    [{ board: 'duel', window: 'week' }, 'window-not-found'],
  ])('of %j fails with %s', async (input, code) => {
    const record = await runInProcess(leaderboardStats(boards), input, { predictor: noModel() });
    expect(record.run).toMatchObject({ status: 'failed', error: { code } });
  });

  test('refuses input that does not fit', async () => {
    const wrong = runInProcess(leaderboardStats(boards), { board: 'A', window: 'all' }, { predictor: noModel() });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

test('what stands out is in the document with its reason, in the narrative, and shown harmlessly', async () => {
  await boards.define('odd', { operator: 'best', decimals: 1, maxJump: 50, unit: 'points' });
  const usual = Array.from({ length: 20 }, (_, i) => ({ player: `p${i}`, score: 10 + i / 10, time, source: `s${i}` }));
  await fill('odd', usual);
  const bot = { player: 'p3', score: 1, time, source: 'bot\u202e' };
  const more = [{ player: 'p7', score: 99.5, time }, ...Array.from({ length: 30 }, () => bot)];
  await boards.waitForBatch(await boards.ingest('odd', more, { key: 'more' }), 10_000);
  const { output } = await document({ board: 'odd', window: 'all' });
  expect(output.outliers).toMatchObject({ scores: 1, jumps: 1, bursts: 1 });
  expect(output.outliers?.listed.map(({ kind, value }) => [kind, value])).toEqual([
    ['score', 99.5],
    ['jump', 88.8],
    ['burst', 30],
  ]);
  expect(output.narrative.highlights[1]).toMatch(
    /^p7 stands out with 99\.5 points: the modified z-score is \d+\.\d+\.$/,
  );
  for (const sentence of output.narrative.highlights) expect(objectionTo(sentence, output)).toBeUndefined();
  const shown = renderStats(output, { color: false });
  expect(shown).toContain('outliers    scores 1  jumps 1  bursts 1');
  expect(shown).toContain('from 10.7 to 99.5: a change of 88.8, where the board calls at most 50.0 plausible.');
  expect(shown).toContain('burst: "bot\ufffd" sent 30 events between');
  expect(shown).not.toContain('\u202e');
});

test('names that would move the cursor or turn the text are shown harmlessly, and long and wide ones keep the columns', async () => {
  await boards.define('names', { operator: 'best' });
  const names = ['\u202eevil', '鬼'.repeat(40), '🦊🦊', 'e\u0301', 'x'.repeat(100)];
  await fill(
    'names',
    names.map((player, i) => ({ player, score: 100 - i, time })),
  );
  const shown = renderStats((await document({ board: 'names', window: 'all' })).output, { color: false });
  expect(shown).not.toContain('\u202e');
  const [standings = ''] = shown.split('players  ');
  const rows = standings.split('\n').filter((line) => /^ +\d/.test(line));
  expect(rows).toHaveLength(5);
  // Every wide character takes two columns: with each doubled, the scores of all rows end at one column.
  const ends = rows.map((row) =>
    row
      .replaceAll(/[鬼🦊]/gu, 'ww')
      .replaceAll('\u0301', '')
      .search(/ (100|9\d) /),
  );
  expect(new Set(ends.map((end, i) => (i === 0 ? end : end - 1))).size).toBe(1);
});

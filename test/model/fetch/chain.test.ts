import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPredictor, type PredictorOptions } from '../../../src/model/create.ts';
import type { Counters } from '../../../src/model/fetch/counters.ts';
import { connect, failFast } from '../../../src/redis/connect.ts';
import { redisCounters } from '../../../src/redis/counters.ts';
import { testRedis } from '../../helpers/redis.ts';
import { completion, type Provider, reply, startProvider } from '../helpers/provider.ts';
import { context, good, input, nameCause } from '../helpers/signature.ts';

let provider: Provider;
let folder: string;
beforeEach(async () => {
  provider = await startProvider((response) => reply(response, completion(good)));
  folder = await mkdtemp(join(tmpdir(), 'opsline-recordings-'));
});
afterEach(async () => {
  await provider.close();
  await rm(folder, { recursive: true, force: true });
});

const open = (env: NodeJS.ProcessEnv = {}, options: PredictorOptions = {}) =>
  createPredictor({ OPENAI_BASE_URL: provider.url, OPENAI_MODEL: 'test-1', ...env }, options);

describe('redaction', () => {
  test('no secret of the input is on the wire or in a recording; host, user and database are', async () => {
    const predictor = await open({}, { recordings: { mode: 'record', folder } });
    const leaky = {
      findings: ['dial postgres://app:canary-1@db.prod.svc:5432/orders'],
      logLines: 'API_TOKEN=canary-2',
    };
    expect((await predictor.predict(nameCause, leaky, context())).ok).toBe(true);
    const [file = ''] = await readdir(join(folder, 'name-cause'));
    for (const seen of [JSON.stringify(provider.asked), await readFile(join(folder, 'name-cause', file), 'utf8')]) {
      expect(seen).not.toContain('canary');
      expect(seen).toContain('postgres://app:[redacted:password#');
      expect(seen).toContain('@db.prod.svc:5432/orders');
    }
  });
});

describe('recordings', () => {
  test('a recorded answer is replayed without provider or key, with its tokens', async () => {
    const recorder = await open({}, { recordings: { mode: 'record', folder } });
    const recorded = await recorder.predict(nameCause, input, context());
    await provider.close();
    const replayer = await createPredictor(
      {},
      { model: 'openai-compatible:test-1', recordings: { mode: 'replay', folder } },
    );
    const replayed = await replayer.predict(nameCause, input, context());
    expect(replayed).toEqual({ ...recorded, call: { ...recorded.call, durationMs: replayed.call?.durationMs } });
    expect(replayed).toMatchObject({ ok: true, value: good, call: { inputTokens: 100, outputTokens: 20 } });
  });

  test('recording fills only what is missing', async () => {
    const predictor = await open({}, { recordings: { mode: 'record', folder } });
    await predictor.predict(nameCause, input, context());
    await predictor.predict(nameCause, input, context());
    expect(provider.asked).toHaveLength(1);
    await predictor.predict(nameCause, { ...input, logLines: 'other' }, context());
    expect(provider.asked).toHaveLength(2);
    expect(await readdir(join(folder, 'name-cause'))).toHaveLength(2);
  });

  test('a replay that misses is an error, not an answer from rules', async () => {
    const predictor = await open({}, { recordings: { mode: 'replay', folder } });
    await expect(predictor.predict(nameCause, input, context())).rejects.toMatchObject({ code: 'recording-missing' });
    expect(provider.asked).toHaveLength(0);
  });

  test('another model does not answer from recordings of this one', async () => {
    await (await open({}, { recordings: { mode: 'record', folder } })).predict(nameCause, input, context());
    const other = await open({ OPENAI_MODEL: 'test-2' }, { recordings: { mode: 'replay', folder } });
    await expect(other.predict(nameCause, input, context())).rejects.toMatchObject({ code: 'recording-missing' });
  });

  test('correction turns are recorded, failures of the provider are not', async () => {
    await provider.close();
    provider = await startProvider((response, _asked, index) => {
      if (index === 0) reply(response, completion('prose'));
      else if (index === 1) reply(response, completion(good));
      else reply(response, {}, 401);
    });
    const recorder = await open({}, { recordings: { mode: 'record', folder } });
    const recorded = await recorder.predict(nameCause, input, context());
    expect(recorded).toMatchObject({ ok: true, call: { inputTokens: 200 } });
    expect((await recorder.predict(nameCause, { ...input, logLines: 'other' }, context())).ok).toBe(false);
    expect(await readdir(join(folder, 'name-cause'))).toHaveLength(2);
    const replayer = await open({}, { recordings: { mode: 'replay', folder } });
    expect(await replayer.predict(nameCause, input, context())).toMatchObject({ ok: true, call: { inputTokens: 200 } });
  });

  test('a file that is no recording is named', async () => {
    const recorder = await open({}, { recordings: { mode: 'record', folder } });
    await recorder.predict(nameCause, input, context());
    const [file = ''] = await readdir(join(folder, 'name-cause'));
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'name-cause', file), '{"schema":');
    const replayer = await open({}, { recordings: { mode: 'replay', folder } });
    await expect(replayer.predict(nameCause, input, context())).rejects.toThrow(/is no recording. Remove it/);
  });
});

describe('token budgets', () => {
  /** More than the estimate of one request (prompt at four bytes a token, 300 for the answer) and less than two. */
  const roomForOne = async (): Promise<number> => {
    await (await open()).predict(nameCause, input, context());
    const bytes = Buffer.byteLength(JSON.stringify(provider.asked[0]?.body));
    provider.asked.length = 0;
    return Math.ceil(bytes / 4) + 300 + 100;
  };

  test('a run that has used its tokens gets a reason, another run does not', async () => {
    const predictor = await open({ OPSLINE_TOKENS_PER_RUN: String(await roomForOne()) });
    const ask = (run: string) => predictor.predict(nameCause, input, context(undefined, run));
    expect((await ask('run_a')).ok).toBe(true);
    const second = await ask('run_a');
    expect(second).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^token budget of this run: 120 of \d+ tokens/),
    });
    expect((await ask('run_b')).ok).toBe(true);
    expect(provider.asked).toHaveLength(2);
  });

  test('an answer costs what it really used, not what it might have', async () => {
    const limit = (await roomForOne()) + 5 * 120;
    const predictor = await open({ OPSLINE_TOKENS_PER_RUN: String(limit) });
    const answers = [];
    for (let index = 0; index < 8; index += 1) answers.push((await predictor.predict(nameCause, input, context())).ok);
    expect(answers).toEqual([true, true, true, true, true, true, false, false]);
  });

  test('requests at the same time cannot overdraw together', async () => {
    const predictor = await open({ OPSLINE_TOKENS_PER_DAY: String(await roomForOne()) });
    const answers = await Promise.all(
      [1, 2, 3].map((run) => predictor.predict(nameCause, input, context(undefined, `run_${run}`))),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(provider.asked).toHaveLength(1);
  });

  test('the budget of the day is one for all workers on a Redis', async () => {
    const { url, prefix } = testRedis();
    const limit = String(await roomForOne());
    const redis = connect(failFast(url));
    try {
      await new Promise((resolve) => redis.once('ready', resolve));
      const counters = redisCounters(redis, prefix);
      const one = await open({ OPSLINE_TOKENS_PER_DAY: limit }, { counters });
      const other = await open({ OPSLINE_TOKENS_PER_DAY: limit }, { counters });
      expect((await one.predict(nameCause, input, context(undefined, 'run_a'))).ok).toBe(true);
      const refused = await other.predict(nameCause, input, context(undefined, 'run_b'));
      expect(refused).toMatchObject({ ok: false, reason: expect.stringMatching(/^token budget of the day: 120 of/) });
      const [key = ''] = await redis.keys(`${prefix}:count:tokens:day:*`);
      expect(await redis.get(key)).toBe('120');
      expect(await redis.ttl(key)).toBeGreaterThan(24 * 3600);
    } finally {
      redis.disconnect();
    }
  });

  test('a failed request costs nothing; counters that cannot be read mean no model', async () => {
    await provider.close();
    provider = await startProvider((response) => reply(response, {}, 401));
    const kept = new Map<string, number>();
    const counters: Counters = {
      async add(key, amount) {
        kept.set(key, (kept.get(key) ?? 0) + amount);
        return kept.get(key) ?? 0;
      },
    };
    const predictor = await open({ OPSLINE_TOKENS_PER_DAY: '100000' }, { counters });
    expect((await predictor.predict(nameCause, input, context())).ok).toBe(false);
    expect([...kept.values()]).toEqual([0]);
    const broken = await open(
      { OPSLINE_TOKENS_PER_DAY: '100000' },
      { counters: { add: () => Promise.reject(new Error('down')) } },
    );
    const prediction = await broken.predict(nameCause, input, context());
    expect(prediction).toMatchObject({ ok: false, reason: 'the token budget cannot be read, so no model is asked' });
    expect(provider.asked).toHaveLength(1);
  });

  test('recorded answers cost nothing', async () => {
    const limit = String(await roomForOne());
    const predictor = await open({ OPSLINE_TOKENS_PER_RUN: limit }, { recordings: { mode: 'record', folder } });
    for (let index = 0; index < 3; index += 1)
      expect((await predictor.predict(nameCause, input, context())).ok).toBe(true);
    expect(provider.asked).toHaveLength(1);
  });

  test.each(['many', '-1', '1.5'])('a budget of "%s" is refused instead of not being kept', async (limit) => {
    await expect(open({ OPSLINE_TOKENS_PER_DAY: limit })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

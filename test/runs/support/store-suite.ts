import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/digest.ts';
import { newRunId } from '../../../src/runs/ids.ts';
import type { Noted } from '../../../src/runs/journal.ts';
import { toJson } from '../../../src/runs/json.ts';
import { Run, RunEvent, RunRecord } from '../../../src/runs/run.ts';
import type { Delivery, Ending, RunStore } from '../../../src/runs/store.ts';
import { doubling } from './pipelines.ts';
import { aRead, aRun, type OpenStore } from './stores.ts';

const CODE = { version: 1, revision: 'r1' };
const SUCCESS: Ending = { status: 'succeeded', mode: 'rules', output: toJson({ doubled: 2 }, 'o'), outputDigest: 'x' };
const FAILURE: Ending = { status: 'failed', mode: 'rules', error: { code: 'engine-failed', message: 'no' } };

/** What every store of runs must hold. */
export function describeStore(name: string, open: () => Promise<OpenStore>): void {
  describe(`the ${name} store`, () => {
    let opened: OpenStore;
    let store: RunStore;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened.close());

    const created = async (input: unknown = { number: 1 }): Promise<string> => {
      const run = aRun(doubling(), input);
      expect(await store.create(run)).toBe(true);
      return run.id;
    };
    const begun = async (id: string, code = CODE): Promise<Delivery> => {
      const delivery = await store.begin(id, code);
      if (delivery === undefined) throw new Error(`run ${id} is final`);
      return delivery;
    };
    const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
      promise.then(
        () => 'no error',
        (error) => error.code,
      );

    test('writes a run once and gives it back', async () => {
      const run = aRun(doubling(), { number: 7 });
      expect(await store.get(run.id)).toBeUndefined();
      expect(await store.create(run)).toBe(true);
      expect(await store.create({ ...run, priority: 1 })).toBe(false);
      const got = Run.parse(await store.get(run.id));
      expect(got).toMatchObject({ id: run.id, pipeline: 'doubling', version: 1, status: 'queued', mode: 'rules' });
      const record = RunRecord.parse(await store.record(run.id));
      expect(record).toMatchObject({ input: { number: 7 }, journal: [], deliveries: 0, restarts: [] });
    });

    test('takes a run, journals, and ends it', async () => {
      const id = await created();
      const delivery = await begun(id);
      expect(delivery).toMatchObject({
        epoch: 1,
        deliveries: 1,
        input: { number: 1 },
        cancelRequested: false,
        journal: [],
      });
      expect((await store.get(id))?.status).toBe('running');
      expect(await store.append(delivery, [aRead('look', { n: [1, 'ü', null] })], 100)).toEqual({
        cancelRequested: false,
      });
      await store.finish(delivery, SUCCESS, [], 120);
      expect(await store.get(id)).toMatchObject({ status: 'succeeded', output: { doubled: 2 } });
      const record = RunRecord.parse(await store.record(id));
      expect(record).toMatchObject({ outputDigest: 'x', codeRevision: 'r1', deliveries: 1 });
      expect(record.journal).toMatchObject([{ step: 'look', kind: 'read', value: { n: [1, 'ü', null] } }]);
      expect(await store.begin(id, CODE)).toBeUndefined();
    });

    test('gives the next delivery what the last one journalled, in the order of the code', async () => {
      const id = await created();
      const first = await begun(id);
      await store.append(first, [aRead('b', 2, 2)], 10);
      await store.append(first, [aRead('a', 1, 1)], 20);
      const second = await begun(id);
      expect(second).toMatchObject({ epoch: 2, deliveries: 2, bytes: 20 });
      expect(second.journal.map(({ entry }) => [entry.step, entry.value]).sort()).toEqual([
        ['a', 1],
        ['b', 2],
      ]);
      expect((await store.record(id))?.journal.map(({ step }) => step)).toEqual(['a', 'b']);
    });

    test('refuses every write of an older delivery', async () => {
      const id = await created();
      const old = await begun(id);
      const owner = await begun(id);
      const writes: (() => Promise<unknown>)[] = [
        () => store.append(old, [aRead('late', 1)], 1),
        () => store.progress(old, { message: 'late' }),
        () => store.finish(old, SUCCESS, [], 1),
        () => store.release(old, [], 1),
      ];
      for (const write of writes) expect(await codeOf(write())).toBe('stale-delivery');
      expect((await store.get(id))?.status).toBe('running');
      await store.finish(owner, FAILURE, [], 1);
      expect(await codeOf(store.append(owner, [aRead('late', 1)], 1))).toBe('stale-delivery');
      expect((await store.record(id))?.journal).toEqual([]);
      expect((await store.get(id))?.error).toEqual(FAILURE.error);
    });

    test('lets one of two deliveries that both believe finish the run, whatever the order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), async (turns) => {
          const id = await created();
          const old = await begun(id);
          const owner = await begun(id);
          let ownerEnded = false;
          for (const ownersTurn of turns) {
            const result = await codeOf(store.append(ownersTurn ? owner : old, [aRead('x', ownersTurn)], 1));
            expect(result).toBe(ownersTurn ? 'no error' : 'stale-delivery');
          }
          const ends = await Promise.all(
            [old, owner].map((delivery) => codeOf(store.finish(delivery, SUCCESS, [], 1))),
          );
          ownerEnded = ends[1] === 'no error';
          expect([ends[0], ownerEnded]).toEqual(['stale-delivery', true]);
        }),
        { numRuns: 15 },
      );
    });

    test('keeps any JSON value of a step as it was', async () => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue({ noUnicodeString: false } as never), async (value) => {
          const json = toJson(value, 'v');
          const id = await created();
          await store.append(await begun(id), [aRead('v', json.value)], 1);
          const [noted] = (await begun(id)).journal;
          expect(canonicalJson(noted?.entry.value)).toBe(canonicalJson(json.value));
        }),
        { numRuns: 30 },
      );
    });

    test('keeps large values, inputs and outputs', async () => {
      const large = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
      const run = aRun(doubling(), { number: 1, large });
      await store.create({ ...run, input: toJson({ number: 1, large }, 'i') });
      const delivery = await begun(run.id);
      expect(delivery.input).toEqual({ number: 1, large });
      await store.append(delivery, [aRead('logs', large)], 1);
      const again = await begun(run.id);
      expect(again.journal[0]?.entry.value).toEqual(large);
      await store.finish(again, { ...SUCCESS, output: toJson(large, 'o') }, [], 1);
      expect((await store.get(run.id))?.output).toEqual(large);
    });

    test('gives a run back to the queue, from where it is taken again', async () => {
      const id = await created();
      const delivery = await begun(id);
      await store.release(delivery, [aRead('look', 1)], 10);
      expect((await store.get(id))?.status).toBe('queued');
      expect(await codeOf(store.append(delivery, [aRead('more', 1)], 10))).toBe('stale-delivery');
      const next = await begun(id);
      expect(next.epoch).toBeGreaterThan(delivery.epoch);
      expect(next.journal).toHaveLength(1);
    });

    describe('under other code', () => {
      const call = { signature: 's', model: 'm', parameters: {}, requestDigest: 'q1', durationMs: 1 };
      const entry = (rest: Partial<Noted['entry']> & Pick<Noted['entry'], 'step' | 'kind'>): Noted => ({
        order: 1,
        entry: { startedAt: new Date().toISOString(), durationMs: 1, digest: 'd', inputDigest: 'i', value: 1, ...rest },
        text: '1',
      });
      const all = [
        entry({ step: 'look', kind: 'read' }),
        entry({ step: 's', kind: 'predict', call }),
        entry({ step: 's#2', kind: 'predict', inputDigest: 'j', call: { ...call, requestDigest: '' } }),
        entry({ step: 't', kind: 'predict', reason: 'down', call: { ...call, requestDigest: 'q2' } }),
        entry({ step: 'file', kind: 'write', inputDigest: 'k1' }),
      ];

      test.each([
        ['version', { version: 2, revision: 'r1' }, 'pipeline version 1 became 2'],
        ['revision', { version: 1, revision: 'r2' }, 'code revision r1 became r2'],
      ])('(%s) starts over: drops reads, keeps answers and written results', async (_what, code, reason) => {
        const id = await created();
        await store.append(await begun(id), all, 1);
        const next = await begun(id, code);
        expect(next.journal).toEqual([]);
        expect([...next.kept.keys()].sort()).toEqual(['answer:s:q1', 'write:file:k1']);
        expect((await store.record(id))?.restarts).toMatchObject([{ reason }]);
        expect((await store.record(id))?.journal).toEqual([]);
        expect((await store.get(id))?.version).toBe(code.version);
        // A third delivery of the same code starts over no more, and what was kept is still kept.
        const third = await begun(id, code);
        expect([...third.kept.keys()].sort()).toEqual(['answer:s:q1', 'write:file:k1']);
        expect((await store.record(id))?.restarts).toHaveLength(1);
      });
    });

    describe('cancelling', () => {
      test('ends a waiting run at once', async () => {
        const id = await created();
        expect(await store.cancel(id)).toMatchObject({ status: 'cancelled' });
        expect(await store.begin(id, CODE)).toBeUndefined();
        expect(await codeOf(store.cancel(id))).toBe('run-finished');
      });

      test('flags a running one, tells whoever listens, and shows at the next write', async () => {
        const id = await created();
        const delivery = await begun(id);
        const { promise: heard, resolve } = Promise.withResolvers<string>();
        const stop = store.onCancel((runId) => runId === id && resolve(runId));
        // A subscription takes a moment to reach Redis: cancel until heard.
        const timer = setInterval(() => void store.cancel(id), 20);
        expect(await heard).toBe(id);
        clearInterval(timer);
        stop();
        expect((await store.get(id))?.status).toBe('running');
        expect(await store.append(delivery, [aRead('look', 1)], 1)).toEqual({ cancelRequested: true });
        expect((await begun(id)).cancelRequested).toBe(true);
      });

      test('of an unknown run is an error', async () => {
        expect(await codeOf(store.cancel(newRunId()))).toBe('run-not-found');
        expect(await codeOf(store.begin(newRunId(), CODE))).toBe('run-not-found');
        expect(await codeOf(store.abandon(newRunId(), { code: 'internal', message: 'x' }))).toBe('run-not-found');
      });
    });

    test('puts only a failed run back, with its journal and a fresh count of deliveries', async () => {
      const id = await created();
      expect(await codeOf(store.retry(id))).toBe('run-not-retryable');
      const delivery = await begun(id);
      await store.finish(delivery, FAILURE, [aRead('look', 1)], 1);
      const { run, priority } = await store.retry(id);
      expect(run).toMatchObject({ status: 'queued' });
      expect(run).not.toHaveProperty('error');
      expect(run).not.toHaveProperty('finishedAt');
      expect(priority).toBe(5);
      expect(await begun(id)).toMatchObject({ deliveries: 1, journal: [{ entry: { step: 'look' } }] });
      expect(await codeOf(store.retry(newRunId()))).toBe('run-not-found');
    });

    test('ends a run that nobody holds, and refuses its last delivery from then on', async () => {
      const id = await created();
      const delivery = await begun(id);
      await store.abandon(id, { code: 'delivery-limit', message: 'given up' });
      expect(await store.get(id)).toMatchObject({ status: 'failed', error: { code: 'delivery-limit' } });
      expect(await codeOf(store.finish(delivery, SUCCESS, [], 1))).toBe('stale-delivery');
      await store.abandon(id, { code: 'internal', message: 'again' });
      expect((await store.get(id))?.error?.code).toBe('delivery-limit');
    });

    test('claims an idempotency key for one body within its scope', async () => {
      const [a, b, c] = [newRunId(), newRunId(), newRunId()];
      const key = { scope: `s-${a}`, key: 'k' };
      expect(await store.claim(key, a, 'body')).toBe(a);
      expect(await store.claim(key, b, 'body')).toBe(a);
      expect(await codeOf(store.claim(key, c, 'other'))).toBe('idempotency-conflict');
      expect(await store.claim({ ...key, scope: `t-${a}` }, c, 'other')).toBe(c);
    });

    test('tells events in order, from any place on', async () => {
      const id = await created();
      const delivery = await begun(id);
      await store.progress(delivery, { message: 'half', fraction: 0.5 });
      await store.append(delivery, [aRead('look', 'secret value')], 1);
      await store.finish(delivery, SUCCESS, [aRead('more', 1)], 1);
      const events = (await store.eventsAfter(id, undefined)).map((event) => RunEvent.parse(event));
      expect(events.map(({ type }) => type)).toEqual(['queued', 'started', 'progress', 'step', 'step', 'finished']);
      expect(JSON.stringify(events)).not.toContain('secret value');
      for (const [i, { id: place }] of events.entries()) {
        expect(await store.eventsAfter(id, place)).toEqual(events.slice(i + 1));
      }
    });

    test('tells a watcher of changes', async () => {
      const id = await created();
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      const stop = store.watch(id, resolve);
      const delivery = await begun(id);
      const timer = setInterval(() => void store.progress(delivery, { message: 'on' }), 20);
      await changed;
      clearInterval(timer);
      stop();
    });

    test('lists newest first, by pipeline and status, page by page', async () => {
      const mine = doubling({}, { name: `list-${newRunId().slice(-8)}` });
      const ids: string[] = [];
      for (let i = 0; i < 7; i++) {
        const run = aRun(mine);
        await store.create(run);
        ids.unshift(run.id);
      }
      const filter = { pipeline: mine.name };
      expect((await store.list({ ...filter, limit: 50 })).runs.map(({ id }) => id)).toEqual(ids);
      const seen: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await store.list({ ...filter, limit: 3, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.runs.map(({ id }) => id));
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      expect(seen).toEqual(ids);
      const done = ids[2] as string;
      await store.finish(await begun(done), SUCCESS, [], 1);
      const finished = await store.list({ ...filter, status: 'succeeded', limit: 5 });
      expect(finished.runs.map(({ id }) => id)).toEqual([done]);
      expect(finished.runs[0]).not.toHaveProperty('output');
      expect((await store.list({ ...filter, status: 'queued', limit: 50 })).runs).toHaveLength(6);
      expect((await store.list({ limit: 3 })).runs).toHaveLength(3);
    });
  });
}

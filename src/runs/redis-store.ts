import type { Redis } from 'ioredis';
import { sha256 } from '../digest.ts';
import type { ErrorSummary } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { loadScript, runScript, type Script } from '../redis/script.ts';
import { reaching } from '../redis/unavailable.ts';
import { Blobs } from './blobs.ts';
import { carryOver, type Noted } from './journal.ts';
import {
  cancelledEnding,
  idempotencyConflict,
  inOrder,
  restartReason,
  runFinished,
  runNotFound,
  runNotRetryable,
  staleDelivery,
} from './record.ts';
import { pairs, RUN_FIELDS, runFrom } from './redis-codec.ts';
import { RedisUpkeep } from './redis-upkeep.ts';
import { RunValues } from './redis-values.ts';
import { isFinal, type Run, type RunEvent, type RunProgress, type RunRecord, type RunStatus } from './run.ts';
import { RunIndex } from './run-index.ts';
import type { RunFilter } from './runs.ts';
import type { Appended, Delivery, Ending, NewRun, RunStore } from './store.ts';
import { Subscriptions } from './subscriptions.ts';

const SCRIPTS = {
  create: loadScript('runs/create.lua'),
  begin: loadScript('runs/begin.lua'),
  restart: loadScript('runs/restart.lua'),
  append: loadScript('runs/append.lua'),
  progress: loadScript('runs/progress.lua'),
  finish: loadScript('runs/finish.lua'),
  release: loadScript('runs/release.lua'),
  abandon: loadScript('runs/abandon.lua'),
  cancel: loadScript('runs/cancel.lua'),
  retry: loadScript('runs/retry.lua'),
  claim: loadScript('runs/claim.lua'),
} satisfies Record<string, Script>;

const DAY_MS = 24 * 3600 * 1000;
/** Records read at once while a list looks for runs of a status. */
const LIST_CHUNK = 100;
/** A list gives up after reading this many records and returns a cursor to go on from. */
const LIST_SCAN = 2000;

export interface RedisStoreOptions {
  /** Commands; `failFast` where a person waits, `waitForever` in a worker. */
  readonly redis: RedisClient;
  /** A connection of its own for subscriptions. */
  readonly subscriber: Redis;
  readonly prefix: string;
  /** How long a finished run is kept. */
  readonly keepMs: number;
}

/** Runs in Redis. Every change of one run is one script over that run's keys, which share a hash slot. */
export class RedisStore implements RunStore {
  readonly index: RunIndex;
  readonly upkeep: RedisUpkeep;
  readonly #blobs: Blobs;
  readonly #redis: RedisClient;
  readonly #subscriptions: Subscriptions;
  readonly #prefix: string;
  readonly #keepMs: number;
  readonly #values: RunValues;

  constructor({ redis, subscriber, prefix, keepMs }: RedisStoreOptions) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#keepMs = keepMs;
    this.#subscriptions = new Subscriptions(subscriber);
    this.index = new RunIndex(redis, prefix);
    this.#blobs = new Blobs(redis, prefix, keepMs + DAY_MS);
    this.#values = new RunValues(this.#blobs);
    this.upkeep = new RedisUpkeep(redis, (id) => this.#keys(id), this.index, this.#blobs);
  }

  async create(run: NewRun): Promise<boolean> {
    return reaching(
      (async () => {
        const fields: Record<string, string | number> = {
          pipeline: run.pipeline,
          version: run.version,
          status: 'queued',
          mode: 'rules',
          createdAt: now(),
          input: await this.#blobs.put(run.input.text),
          inputDigest: run.inputDigest,
          bytes: Buffer.byteLength(run.input.text),
          priority: run.priority,
          ...(run.traceparent === undefined ? {} : { traceparent: run.traceparent }),
        };
        // Listed first: an id without a record is swept, a record without an id would be found by nobody.
        const [listed, created] = await Promise.all([
          this.index.list(run.id, run.pipeline),
          runScript(
            this.#redis,
            SCRIPTS.create,
            [this.#key(run.id, 'record'), this.#key(run.id, 'events')],
            Object.entries(fields).flat(),
          ),
        ]);
        // Its record had expired before its listing: the new one has not finished.
        if (created === 1 && !listed) await this.index.add(run.id, run.pipeline);
        return created === 1;
      })(),
    );
  }

  async claim(key: { scope: string; key: string }, runId: string, bodyDigest: string): Promise<string> {
    const name = `${this.#prefix}:{claim:${sha256(JSON.stringify([key.scope, key.key]))}}`;
    const reply = await reaching(runScript(this.#redis, SCRIPTS.claim, [name], [runId, bodyDigest, DAY_MS]));
    const [id, body] = reply as [string, string];
    if (body !== bodyDigest) throw idempotencyConflict(key.key);
    return id;
  }

  async get(id: string): Promise<Run | undefined> {
    return reaching(
      (async () => {
        const [output, ...values] = await this.#redis.hmget(this.#key(id, 'record'), 'output', ...RUN_FIELDS);
        const run = runFrom(id, values);
        const text = output && (await this.#blobs.text(output));
        return run && text ? { ...run, output: JSON.parse(text) } : run;
      })(),
    );
  }

  async record(id: string): Promise<RunRecord | undefined> {
    return reaching(
      (async () => {
        const [run, rest, journal] = await Promise.all([
          this.get(id),
          this.#redis.hmget(
            this.#key(id, 'record'),
            'codeRevision',
            'inputDigest',
            'outputDigest',
            'input',
            'deliveries',
            'restarts',
            'traceparent',
          ),
          this.#redis.hgetall(this.#key(id, 'journal')),
        ]);
        if (run === undefined) return undefined;
        const [codeRevision, inputDigest, outputDigest, input, deliveries, restarts, traceparent] = rest;
        const { steps } = await this.#values.decode(Object.entries(journal));
        return {
          schema: 1,
          run,
          codeRevision: codeRevision ?? '',
          inputDigest: inputDigest ?? '',
          ...(outputDigest ? { outputDigest } : {}),
          input: await this.#values.input(id, input),
          journal: inOrder(steps).map(({ entry }) => entry),
          deliveries: Number(deliveries ?? 0),
          restarts: JSON.parse(restarts ?? '[]'),
          ...(traceparent ? { traceparent } : {}),
        };
      })(),
    );
  }

  async list(filter: RunFilter): Promise<{ runs: Run[]; cursor?: string }> {
    const runs: Run[] = [];
    let { cursor } = filter;
    for (let scanned = 0; scanned < LIST_SCAN; scanned += LIST_CHUNK) {
      const ids = await reaching(this.index.page(filter.pipeline, cursor, LIST_CHUNK));
      const records = await reaching(
        Promise.all(ids.map((id) => this.#redis.hmget(this.#key(id, 'record'), ...RUN_FIELDS))),
      );
      for (const [i, id] of ids.entries()) {
        const run = runFrom(id, records[i] ?? []);
        if (run !== undefined && (filter.status === undefined || run.status === filter.status)) {
          if (runs.length === filter.limit) return { runs, cursor: runs.at(-1)?.id as string };
          runs.push(run);
        }
        cursor = id;
      }
      if (ids.length < LIST_CHUNK) return { runs };
    }
    return { runs, ...(cursor === undefined ? {} : { cursor }) };
  }

  async begin(id: string, code: { version: number; revision: string }): Promise<Delivery | undefined> {
    const args = [now(), code.version, code.revision];
    const reply = (await reaching(runScript(this.#redis, SCRIPTS.begin, this.#keys(id), args))) as [
      number,
      number,
      (string | null)[],
      string[],
    ];
    const [state, epoch, fields, journal] = reply;
    if (state === -1) throw runNotFound(id);
    if (state === 0) return undefined;
    const [pipeline, input, traceparent, cancel, bytes, deliveries, before, version, revision, restarts] = fields;
    const { steps, kept, stored } = await this.#values.decode(pairs(journal));
    const delivery = {
      runId: id,
      pipeline: pipeline ?? '',
      epoch,
      deliveries: Number(deliveries) - Number(before ?? 0),
      input: await this.#values.input(id, input),
      ...(traceparent ? { traceparent } : {}),
      cancelRequested: cancel === '1',
      journal: steps,
      kept,
      bytes: Number(bytes),
    };
    const taken = state === 1 ? delivery : { ...delivery, journal: [] as Noted[] };
    this.#values.use(taken, [input, ...stored]);
    if (state === 1) return taken;
    const earlier = { version: Number(version), revision: revision ?? '' };
    const reason = restartReason(earlier, code) ?? 'the code changed';
    for (const [key, entry] of carryOver(steps.map(({ entry }) => entry))) kept.set(key, entry);
    await this.#restart(taken, code, reason, JSON.parse(restarts ?? '[]'), deliveries ?? '1');
    return taken;
  }

  async append(delivery: Delivery, entries: readonly Noted[], bytes: number): Promise<Appended> {
    const reply = await this.#fenced(delivery, SCRIPTS.append, [
      bytes,
      ...(await this.#values.encode(delivery, entries)),
    ]);
    return { cancelRequested: reply === 1 };
  }

  async progress(delivery: Delivery, progress: RunProgress): Promise<void> {
    const keys = [this.#key(delivery.runId, 'record'), this.#key(delivery.runId, 'events')];
    await this.#fenced(delivery, SCRIPTS.progress, [JSON.stringify(progress)], keys);
  }

  async finish(delivery: Delivery, ending: Ending, entries: readonly Noted[], bytes: number): Promise<void> {
    const [triples, fields] = await Promise.all([
      this.#values.encode(delivery, entries),
      this.#values.encodeEnding(ending, delivery),
    ]);
    const event = endEvent(ending);
    const args = [this.#keepMs, event, fields.length + 2, 'bytes', bytes, ...fields, ...triples];
    await this.#fenced(delivery, SCRIPTS.finish, args);
    this.index.endSoon(delivery.runId);
    await reaching(this.#values.touch(delivery));
  }

  async release(delivery: Delivery, entries: readonly Noted[], bytes: number): Promise<void> {
    await this.#fenced(delivery, SCRIPTS.release, [bytes, ...(await this.#values.encode(delivery, entries))]);
  }

  async abandon(id: string, error: ErrorSummary): Promise<void> {
    const ending: Ending = { status: 'failed', mode: 'rules', modeReason: error.message, error };
    const args = [this.#keepMs, endEvent(ending), ...(await this.#values.encodeEnding(ending))];
    const reply = await reaching(runScript(this.#redis, SCRIPTS.abandon, this.#keys(id), args));
    if (reply === -1) throw runNotFound(id);
    await reaching(this.index.end(id));
  }

  async cancel(id: string): Promise<Run> {
    const ending = cancelledEnding();
    const args = [
      id,
      this.#cancelChannel(),
      this.#keepMs,
      endEvent(ending),
      ...(await this.#values.encodeEnding(ending)),
    ];
    const reply = await reaching(runScript(this.#redis, SCRIPTS.cancel, this.#keys(id), args));
    const [before, status] = reply as [RunStatus?, RunStatus?];
    if (before === undefined || status === undefined) throw runNotFound(id);
    if (isFinal(before)) throw runFinished({ id, status: before });
    if (isFinal(status)) await reaching(this.index.end(id));
    const run = await this.get(id);
    if (run === undefined) throw runNotFound(id);
    return run;
  }

  async retry(id: string): Promise<{ run: Run; priority: number; traceparent?: string | undefined }> {
    const reply = await reaching(runScript(this.#redis, SCRIPTS.retry, this.#keys(id), []));
    const [status, priority, traceparent] = reply as [RunStatus?, string?, (string | null)?];
    if (status === undefined) throw runNotFound(id);
    if (status !== 'queued' || priority === undefined) throw runNotRetryable({ id, status });
    const run = await this.get(id);
    if (run === undefined) throw runNotFound(id);
    await reaching(this.index.add(id, run.pipeline));
    return { run, priority: Number(priority), ...(traceparent ? { traceparent } : {}) };
  }

  onCancel(listener: (runId: string) => void): () => void {
    return this.#subscriptions.on(this.#cancelChannel(), listener);
  }

  async eventsAfter(id: string, after: string | undefined): Promise<RunEvent[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const entries = await reaching(this.#redis.xrange(this.#key(id, 'events'), from, '+'));
    return entries.map(([eventId, [, type, , data]]) => ({
      id: eventId,
      time: new Date(Number(eventId.split('-')[0])).toISOString(),
      type: type as RunEvent['type'],
      data: JSON.parse(data ?? '{}'),
    }));
  }

  watch(id: string, listener: () => void): () => void {
    return this.#subscriptions.on(this.#key(id, 'events'), listener);
  }

  async #restart(
    delivery: Delivery,
    code: { version: number; revision: string },
    reason: string,
    restarts: unknown[],
    deliveries: string,
  ): Promise<void> {
    const journal = await this.#values.encodeKept(delivery.kept);
    await this.#fenced(delivery, SCRIPTS.restart, [
      code.version,
      code.revision,
      JSON.stringify([...restarts, { at: now(), reason }]),
      JSON.stringify({ delivery: Number(deliveries), restarted: reason }),
      ...journal,
    ]);
  }

  async #fenced(
    delivery: Delivery,
    script: Script,
    args: readonly (string | number)[],
    keys = this.#keys(delivery.runId),
  ): Promise<number> {
    const reply = await reaching(runScript(this.#redis, script, keys, [delivery.epoch, ...args]));
    if (reply === -1) throw staleDelivery(delivery.runId, delivery.epoch);
    return reply as number;
  }

  #keys(id: string): string[] {
    return [this.#key(id, 'record'), this.#key(id, 'journal'), this.#key(id, 'events')];
  }

  #key(id: string, part: 'record' | 'journal' | 'events'): string {
    return `${this.#prefix}:{run:${id}}:${part}`;
  }

  #cancelChannel(): string {
    return `${this.#prefix}:cancel`;
  }
}

const now = (): string => new Date().toISOString();

const endEvent = ({ status, mode, error }: Ending): string =>
  JSON.stringify({ status, mode, ...(error === undefined ? {} : { error }) });

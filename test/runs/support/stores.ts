import { connect, connectSubscriber, failFast } from '../../../src/redis/connect.ts';
import { untilUsable } from '../../../src/redis/usable.ts';
import { newRun } from '../../../src/runs/in-process.ts';
import type { Noted } from '../../../src/runs/journal.ts';
import { toJson } from '../../../src/runs/json.ts';
import { MemoryStore } from '../../../src/runs/memory-store.ts';
import type { AnyPipeline } from '../../../src/runs/pipeline.ts';
import { RedisStore } from '../../../src/runs/redis-store.ts';
import type { JournalEntry } from '../../../src/runs/run.ts';
import type { RunStore } from '../../../src/runs/store.ts';

export interface OpenStore {
  readonly store: RunStore;
  close(): void;
}

export const memoryStore = async (): Promise<OpenStore> => ({ store: new MemoryStore(), close: () => {} });

export async function redisStore({ url, prefix }: { url: string; prefix: string }): Promise<OpenStore> {
  const redis = connect(failFast(url));
  const subscriber = connectSubscriber(url);
  await untilUsable(redis, url);
  const store = new RedisStore({ redis, subscriber, prefix, keepMs: 60_000 });
  return {
    store,
    close: () => {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

export const aRun = (pipeline: AnyPipeline, input: unknown = { number: 1 }) => newRun(pipeline, input, { priority: 5 });

/** A finished read as the engine journals it. */
export function aRead(step: string, value: unknown, order = 1): Noted {
  const entry: JournalEntry = {
    step,
    kind: 'read',
    startedAt: new Date().toISOString(),
    durationMs: 1,
    digest: 'd',
    inputDigest: 'i',
    value,
  };
  return { order, entry, text: toJson(value, step).text };
}

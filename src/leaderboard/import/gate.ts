import { z } from 'zod';
import { digest, sha256 } from '../../digest.ts';
import { OpslineError } from '../../errors.ts';
import type { RedisClient } from '../../redis/client.ts';
import { runScript } from '../../redis/script.ts';
import type { Board } from '../definition.ts';
import { boardKeys, short } from '../keys.ts';
import { scripts } from '../scripts.ts';

/** An import is remembered this long, finished or not: the same files again apply only what is missing. */
const KEPT_SECONDS = 90 * 24 * 3600;
/** Rises when the same files would be cut into other parts than before. */
const REVISION = 1;

/** What an import goes by from its first run to its last, whatever happens to clock and board in between. */
const Plan = z.object({
  /** When it began, Unix milliseconds: what lies in the future. */
  now: z.number(),
  /** The seasons the board had. */
  seasons: z.array(z.string()),
});
export type Plan = z.infer<typeof Plan>;

/** The import of these files (their digests) into a board, as Redis knows it: a batch that counts once. */
export class Gate {
  readonly batch: string;
  readonly #redis: RedisClient;
  readonly #key: string;
  readonly #pending: string;

  constructor(redis: RedisClient, prefix: string, board: Board, digests: readonly string[]) {
    // A board that was made anew under the same name takes the same files again.
    this.batch = `import-${digest([REVISION, board.id, board.createdAt, ...digests]).slice(0, 32)}`;
    this.#redis = redis;
    const keys = boardKeys(prefix, board.id);
    this.#key = keys.batch(this.batch);
    this.#pending = keys.pending;
  }

  /** The plan of an import that has begun, and which of its parts are applied. */
  async begun(): Promise<{ plan: Plan; parts: number; applied: Set<number> } | undefined> {
    const [plan, parts] = await this.#redis.hmget(this.#key, 'plan', 'parts');
    if (typeof plan !== 'string') return undefined;
    const fields = await this.#redis.hkeys(this.#key);
    const applied = fields.filter((field) => /^\d+$/.test(field)).map(Number);
    return { plan: Plan.parse(JSON.parse(plan)), parts: Number(parts), applied: new Set(applied) };
  }

  /** Throws `idempotency-conflict` when it was begun with another outcome, as by another opsline that reads the files otherwise. */
  async begin(plan: Plan, events: number, parts: number): Promise<void> {
    const text = JSON.stringify(plan);
    const answer = await runScript(
      this.#redis,
      scripts.beginImport,
      [this.#key, this.#pending],
      [sha256(`${text} ${events} ${parts}`), events, parts, text, KEPT_SECONDS, short(this.batch)],
    );
    if (answer !== 'conflict') return;
    throw new OpslineError(
      'idempotency-conflict',
      'The same files are being imported by somebody else, or were read otherwise when the import began. Run the command again; if that does not help, ' +
        'give the import up with --abort: what it has applied stays.',
    );
  }

  /** Keeps the gate from expiring while parts are on their way. */
  async refresh(): Promise<void> {
    await this.#redis.expire(this.#key, KEPT_SECONDS);
  }

  /** Once every part is applied, which made the gate one that is soon forgotten. Returns how often an event was not counted because its window is closed. */
  async finish(): Promise<number> {
    await this.#redis.expire(this.#key, KEPT_SECONDS);
    return Number((await this.#redis.hget(this.#key, 'late')) ?? 0);
  }

  /** Windows need not wait for it any longer. What was applied stays, and the import can still go on. */
  async abort(): Promise<boolean> {
    return (await this.#redis.zrem(this.#pending, short(this.batch))) === 1;
  }
}

import { OpslineError } from '../errors.ts';
import type { RedisStore } from './redis-store.ts';

/** How often a worker asks whether it still owns what it runs: the bound on a missed message. */
const HEARTBEAT_MS = 500;

interface Held {
  readonly control: AbortController;
  readonly done: Promise<unknown>;
  epoch: number | undefined;
}

/**
 * The runs that this worker executes now. Each is aborted when someone cancels it (told by a message; asked twice a second,
 * should the message get lost) or when a newer delivery owns it.
 */
export class HeldRuns {
  readonly #store: RedisStore;
  readonly #held = new Map<string, Held>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #asking = false;

  constructor(store: RedisStore) {
    this.#store = store;
    this.#stopListening = store.onCancel((id) => this.#held.get(id)?.control.abort(cancelled()));
    this.#timer = setInterval(() => void this.#ask(), HEARTBEAT_MS);
    this.#timer.unref();
  }

  get size(): number {
    return this.#held.size;
  }

  /** Executes `body` with a signal of its own; `taken` tells the epoch once there is one. */
  async hold<T>(id: string, body: (signal: AbortSignal, taken: (epoch: number) => void) => Promise<T>): Promise<T> {
    const control = new AbortController();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const held: Held = { control, done, epoch: undefined };
    this.#held.set(id, held);
    try {
      return await body(control.signal, (epoch) => {
        held.epoch = epoch;
      });
    } finally {
      resolve();
      if (this.#held.get(id) === held) this.#held.delete(id);
    }
  }

  /** Resolves when nothing is held any more. */
  async idle(): Promise<void> {
    while (this.#held.size > 0) await Promise.all([...this.#held.values()].map(({ done }) => done));
  }

  /** Tells every run to end now, so that it can be handed back. */
  abortAll(reason: OpslineError): void {
    for (const { control } of this.#held.values()) control.abort(reason);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
  }

  async #ask(): Promise<void> {
    const ids = [...this.#held].filter(([, { epoch }]) => epoch !== undefined).map(([id]) => id);
    if (this.#asking || ids.length === 0) return;
    this.#asking = true;
    try {
      for (const { id, cancel, epoch } of await this.#store.upkeep.owners(ids)) {
        const held = this.#held.get(id);
        if (held?.epoch === undefined) continue;
        if (epoch > held.epoch)
          held.control.abort(new OpslineError('stale-delivery', 'A newer delivery owns this run.'));
        else if (cancel) held.control.abort(cancelled());
      }
    } catch {
      // Redis is away: asked again.
    } finally {
      this.#asking = false;
    }
  }
}

const cancelled = (): OpslineError => new OpslineError('run-cancelled', 'The run was cancelled.');

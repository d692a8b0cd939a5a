import { setTimeout as sleep } from 'node:timers/promises';
import { OpslineError } from '../errors.ts';
import type { Boards } from './boards.ts';
import { short } from './keys.ts';
import { type Page, top } from './reads/page.ts';

/** The first entries of a window as they were at one version of it. */
export interface LivePage {
  /** Of what the page says, and the window: `kZ0v…@day:2026-11-23`. Pages that differ in their revision alone have the same. */
  readonly id: string;
  readonly page: Page;
}

export interface LiveOptions {
  /** How often a window is looked at, and so how many pages a second a listener gets at most. Default 250 ms. */
  readonly intervalMs?: number;
  /** How many listeners a process has at most. Default 1000. */
  readonly maxListeners?: number;
}

interface Topic {
  readonly board: string;
  readonly window: string;
  readonly listeners: Set<Listener>;
  latest?: {
    readonly page: Page;
    readonly limit: number;
    readonly version: string;
    readonly cut: Map<number, LivePage>;
  };
  /** Why the topic is at its end. */
  failure?: unknown;
}

interface Listener {
  readonly limit: number;
  wake(): void;
}

/** After a failure that may pass (Redis is away), a window is looked at again after this many intervals. */
const PATIENCE = 4;

/**
 * The top of windows as it changes. However many listen to a window in this process, it is looked at by one script an interval,
 * which reads entries only where something changed; a listener that is slower than that gets the latest page and none in between.
 */
export class LiveTops {
  readonly #boards: Pick<Boards, 'view' | 'read'>;
  readonly #intervalMs: number;
  readonly #maxListeners: number;
  readonly #topics = new Map<string, Topic>();
  #listeners = 0;

  constructor(boards: Pick<Boards, 'view' | 'read'>, { intervalMs = 250, maxListeners = 1000 }: LiveOptions = {}) {
    this.#boards = boards;
    this.#intervalMs = intervalMs;
    this.#maxListeners = maxListeners;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners;
  }

  /**
   * The first `limit` entries now, unless `after` is the id of just that, and again whenever they, their number or the window have changed, until `signal`
   * aborts. A window named by its kind is the present one at every time. Ends with an error when the board is gone. Throws
   * `rate-limited` when the process has as many listeners as it takes.
   */
  watch(
    board: string,
    window: string,
    {
      limit,
      after,
      signal,
    }: { readonly limit: number; readonly after?: string | undefined; readonly signal: AbortSignal },
  ): AsyncGenerator<LivePage> {
    if (this.#listeners >= this.#maxListeners) {
      throw new OpslineError(
        'rate-limited',
        `This process has ${this.#maxListeners} listeners, as many as it takes. Come back later, or ask for pages instead.`,
      );
    }
    let changed = Promise.withResolvers<void>();
    const listener: Listener = { limit, wake: () => changed.resolve() };
    const topic = this.#join(board, window, listener);
    const leave = (): void => {
      topic.listeners.delete(listener);
      this.#listeners -= 1;
      listener.wake();
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return (async function* () {
      let sent = after;
      while (!signal.aborted) {
        changed = Promise.withResolvers<void>();
        const { latest, failure } = topic;
        if (failure !== undefined) throw failure;
        const cut = latest !== undefined && latest.limit >= limit ? cutOf(latest, limit) : undefined;
        if (cut !== undefined && cut.id !== sent) {
          sent = cut.id;
          yield cut;
        } else {
          await changed.promise;
        }
      }
    })();
  }

  #join(board: string, window: string, listener: Listener): Topic {
    const name = JSON.stringify([board, window]);
    this.#listeners += 1;
    const known = this.#topics.get(name);
    const topic = known ?? { board, window, listeners: new Set<Listener>() };
    topic.listeners.add(listener);
    if (known === undefined) {
      this.#topics.set(name, topic);
      // It never throws: whatever goes wrong is told to the listeners.
      void this.#follow(name, topic);
    }
    return topic;
  }

  async #follow(name: string, topic: Topic): Promise<void> {
    while (topic.listeners.size > 0) {
      const passed = await this.#look(topic);
      if (topic.failure !== undefined) break;
      await sleep(passed ? this.#intervalMs : PATIENCE * this.#intervalMs, undefined, { ref: false });
    }
    // At once, so that nobody joins a topic that is no longer followed.
    this.#topics.delete(name);
  }

  /** Looks at the window once and wakes its listeners when it changed; whether that went well. */
  async #look(topic: Topic): Promise<boolean> {
    const { board, window, latest } = topic;
    const limit = Math.max(1, ...[...topic.listeners].map((listener) => listener.limit));
    try {
      const view = await this.#boards.view(board, window);
      const same = latest?.page.window === view.window.id && latest.limit >= limit;
      const { version, value } = await this.#boards.read(view, top({ limit }), same ? latest.version : undefined);
      if (value === undefined) return true;
      const { next: _, ...page } = value;
      topic.latest = { version, limit, page, cut: new Map() };
    } catch (error) {
      if (!(error instanceof OpslineError) || !error.kind.retryable) topic.failure = error;
      if (topic.failure === undefined) return false;
    }
    for (const listener of topic.listeners) listener.wake();
    return true;
  }
}

/** The first entries for those who want so many, worked out once for all of them. */
function cutOf({ page, cut }: NonNullable<Topic['latest']>, limit: number): LivePage {
  const known = cut.get(limit);
  if (known !== undefined) return known;
  const shown = { ...page, entries: page.entries.slice(0, limit) };
  const { revision: _, ...said } = shown;
  const made = { id: `${short(JSON.stringify(said))}@${page.window}`, page: shown };
  cut.set(limit, made);
  return made;
}

import { runNotFound } from './record.ts';
import { isFinal, type Run, type RunEvent } from './run.ts';
import type { RunStore } from './store.ts';

/** A missed notification (a lost connection) delays a watcher by at most this long. */
const LOOK_AGAIN_MS = 2000;

/** Wakes a waiter when a run changes, when it is time to look again, or when the waiter's signal is aborted. */
function alarm(store: RunStore, id: string, signal: AbortSignal): { rung(): Promise<void>; stop(): void } {
  let due = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    due = true;
    wake?.();
  };
  const unwatch = store.watch(id, ring);
  const timer = setInterval(ring, LOOK_AGAIN_MS);
  timer.unref();
  signal.addEventListener('abort', ring, { once: true });
  return {
    rung: async () => {
      if (!due) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      due = false;
    },
    stop: () => {
      unwatch();
      clearInterval(timer);
      signal.removeEventListener('abort', ring);
    },
  };
}

/** Past events after `after`, then live ones; ends after `finished` or when the signal is aborted. */
export async function* followEvents(
  store: RunStore,
  id: string,
  options: { after?: string; signal: AbortSignal },
): AsyncGenerator<RunEvent> {
  const { signal } = options;
  let after = options.after;
  const bell = alarm(store, id, signal);
  try {
    for (;;) {
      const run = await store.get(id);
      if (run === undefined) throw runNotFound(id);
      const events = await store.eventsAfter(id, after);
      for (const event of events) {
        if (signal.aborted) return;
        yield event;
        after = event.id;
        // A retried run has an older end in its past.
        if (event.type === 'finished' && event === events.at(-1)) return;
      }
      // The end was read before: nothing more will come.
      if (signal.aborted || (events.length === 0 && isFinal(run.status))) return;
      await bell.rung();
      if (signal.aborted) return;
    }
  } finally {
    bell.stop();
  }
}

/** The run once it is final, or as it is after `timeoutMs` or when the signal is aborted. Throws `run-not-found`. */
export async function waitForEnd(store: RunStore, id: string, timeoutMs: number, signal?: AbortSignal): Promise<Run> {
  const limit = AbortSignal.timeout(Math.max(1, timeoutMs));
  const until = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const bell = alarm(store, id, until);
  try {
    for (;;) {
      const run = await store.get(id);
      if (run === undefined) throw runNotFound(id);
      if (isFinal(run.status) || until.aborted || timeoutMs <= 0) return run;
      await bell.rung();
    }
  } finally {
    bell.stop();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** What a condition is still waiting for, for the message when time is up. */
export interface Waiting {
  readonly what: string;
  /** Milliseconds. */
  readonly within?: number;
  readonly every?: number;
}

/** Asks `holds` again and again until it gives something other than undefined or false, and returns that. */
export async function until<T>(
  holds: () => Promise<T | undefined | false>,
  { what, within = 60_000, every = 100 }: Waiting,
): Promise<T> {
  const end = performance.now() + within;
  for (;;) {
    const found = await holds();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`after ${within / 1000} s still not so: ${what}`);
    await sleep(every);
  }
}

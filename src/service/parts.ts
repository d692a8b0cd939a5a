import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What is closed when: first whatever takes work (API, workers), all at once; then what that work used (runs, boards, the
 * model); Redis last.
 */
const TIERS = ['work', 'tools', 'redis'] as const;

/** Something that was started and must be closed, within a time in milliseconds if it can. */
export interface Part {
  readonly tier: (typeof TIERS)[number];
  close(deadlineMs: number): Promise<void>;
}

/** Part of what is left of the time that a tier may take; work in hand deserves most of it. */
const SHARE = { work: 0.8, tools: 0.5, redis: 1 };

/**
 * Closes all parts within `deadlineMs`, tier by tier. A part that hangs or fails does not keep the others from being closed.
 */
export async function closeAll(parts: readonly Part[], deadlineMs: number): Promise<void> {
  const until = performance.now() + deadlineMs;
  for (const tier of TIERS) {
    const share = Math.max(100, (until - performance.now()) * SHARE[tier]);
    const timer = new AbortController();
    const late = sleep(share, undefined, { signal: timer.signal }).catch(() => {});
    const closed = parts.filter((part) => part.tier === tier).map((part) => part.close(share * 0.95).catch(() => {}));
    await Promise.race([Promise.all(closed), late]);
    timer.abort();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Something that was started and must be closed, within a time in milliseconds if it can. */
export interface Part {
  close(deadlineMs: number): Promise<void>;
}

/**
 * Closes parts in the reverse order of their start within `deadlineMs`. A part that hangs or fails does not keep the others
 * from being closed.
 */
export async function closeAll(parts: Part[], deadlineMs: number): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (parts.length > 0) {
    const part = parts.pop() as Part;
    // Half of what is left: the parts behind it need their turn as well.
    const share = Math.max(100, (until - performance.now()) / 2);
    const timer = new AbortController();
    const late = sleep(share, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([part.close(share).catch(() => {}), late]);
    timer.abort();
  }
}

import { createHash } from 'node:crypto';

/** Every Redis key of the boards. All keys of one board share a hash tag, so that one script may touch them together. */
export interface BoardKeys {
  /** String: the definition as JSON. */
  readonly definition: string;
  /** Set: ids of the windows that have entries. */
  readonly windows: string;
  /** Sorted set: player → sort key (see `sort-key.ts`). */
  entries(window: string): string;
  /** Hash: player → time of the latest event, Unix milliseconds. Only for `latest`. */
  times(window: string): string;
  /** Hash: `events` applied so far, and `revision`, which rises with every part applied. */
  state(window: string): string;
  /** String: the last snapshot of a window as JSON. */
  snapshot(window: string): string;
  /** Hash: what was accepted under a batch key, and which of its parts are applied: the duplicate gate. */
  batch(key: string): string;
}

export function boardKeys(prefix: string, board: string): BoardKeys {
  const base = `${prefix}:{board:${board}}`;
  return {
    definition: `${base}:definition`,
    windows: `${base}:windows`,
    entries: (window) => `${base}:entries:${window}`,
    times: (window) => `${base}:times:${window}`,
    state: (window) => `${base}:state:${window}`,
    snapshot: (window) => `${base}:snapshot:${window}`,
    batch: (key) => `${base}:batch:${short(key)}`,
  };
}

/** Set: the ids of all boards. */
export function registryKey(prefix: string): string {
  return `${prefix}:{boards}`;
}

/** 128 bits of SHA-256 in 22 characters: what callers choose may be long, and what is kept for each batch must not be. */
export function short(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}

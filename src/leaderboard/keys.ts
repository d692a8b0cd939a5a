import { hash } from 'node:crypto';

/** Every Redis key of the boards. All keys of one board share a hash tag, so that one script may touch them together. */
export interface BoardKeys {
  /** String: the definition as JSON. */
  readonly definition: string;
  /** Sorted set: ids of the windows that take events, by their end (Unix milliseconds). */
  readonly open: string;
  /** Sorted set: ids of the closed windows that are kept, by the number of their snapshot. */
  readonly closed: string;
  /** Hash: kind → the latest end (Unix milliseconds) of a window that was dropped. */
  readonly dropped: string;
  /** Hash: events that came too late, by the id of the window or, once it is dropped, by its kind. */
  readonly late: string;
  /** String: number of the last snapshot; numbers are never used again. */
  readonly lastSnapshot: string;
  /** Sorted set: ids of closed windows whose record is to be made, or made anew, by number. */
  readonly unrecorded: string;
  /** Hash: records of snapshots as JSON, by number. */
  readonly records: string;
  /** Stream: changes that people made by hand, and by whom. */
  readonly audit: string;
  /** Hash: the players that the audit stream speaks of, by digest. */
  readonly auditNames: string;
  /** Set: players whose deletion is going on. */
  readonly deletions: string;
  /** Sorted set: batches that are not wholly applied, by when they were accepted (Unix milliseconds; 0: imports). */
  readonly pending: string;
  /** Sorted set: player → sort key (see `sort-key.ts`). */
  entries(window: string): string;
  /** Hash: player → time of the latest event, Unix milliseconds. Only for `latest`. */
  times(window: string): string;
  /** Hash: player → metadata of the event that made the entry, as JSON. */
  metadata(window: string): string;
  /** Sorted set: the different scores of the entries, signed as in the sort key. Only for dense ranks. */
  scores(window: string): string;
  /**
   * Hash: `events` applied so far, `revision`, which rises with every change, and `closed`, the number of the snapshot. Once closed:
   * `closedAt` (Unix milliseconds), `late` events until then, `deleted` players, `revisedAt` the last deletion (Unix milliseconds).
   * Of a window that is dropped, for a while: `closed` and `dropped`.
   */
  state(window: string): string;
  /** Stream: events that changed a standing more than the board calls plausible. Only with `maxJump`. */
  readonly jumps: string;
  /** Hash: `slot:source` → events of a UTC day (number of days since 1970); the empty field holds those that found no room. */
  sources(day: number): string;
  /** String: the last statistics of a window as JSON. */
  statistics(window: string): string;
  /** Set: ids of events accepted in a span of time. */
  ids(span: number): string;
  /** Bitmap: sequence numbers of a source that were applied, from `chunk` × 2^15 on. */
  sequences(source: string, chunk: number): string;
  /** Hash: what was accepted under a batch key, and which of its parts are applied: the duplicate gate. */
  batch(key: string): string;
  /** The same, by the name that a batch has among the pending ones. */
  pendingBatch(name: string): string;
}

export function boardKeys(prefix: string, board: string): BoardKeys {
  const base = `${prefix}:{board:${board}}`;
  return {
    definition: `${base}:definition`,
    open: `${base}:open`,
    closed: `${base}:closed`,
    dropped: `${base}:dropped`,
    late: `${base}:late`,
    pending: `${base}:pending`,
    lastSnapshot: `${base}:last-snapshot`,
    unrecorded: `${base}:unrecorded`,
    records: `${base}:records`,
    audit: `${base}:audit`,
    auditNames: `${base}:audit-names`,
    deletions: `${base}:deletions`,
    entries: (window) => `${base}:entries:${window}`,
    times: (window) => `${base}:times:${window}`,
    metadata: (window) => `${base}:metadata:${window}`,
    scores: (window) => `${base}:scores:${window}`,
    state: (window) => `${base}:state:${window}`,
    jumps: `${base}:jumps`,
    sources: (day) => `${base}:sources:${day}`,
    statistics: (window) => `${base}:statistics:${window}`,
    ids: (span) => `${base}:ids:${span}`,
    sequences: (source, chunk) => `${base}:sequences:${short(source)}:${chunk}`,
    batch: (key) => `${base}:batch:${short(key)}`,
    pendingBatch: (name) => `${base}:batch:${name}`,
  };
}

/** Set: the ids of all boards. */
export function registryKey(prefix: string): string {
  return `${prefix}:{boards}`;
}

/** String: which process looks after the boards at present. */
export function closingTurnKey(prefix: string): string {
  return `${prefix}:{boards}:closing`;
}

/** 128 bits of SHA-256 in 22 characters: what callers choose may be long, and what is kept for each batch must not be. */
export function short(text: string): string {
  return hash('sha256', text, 'buffer').toString('base64url', 0, 16);
}

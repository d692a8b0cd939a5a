import type { AuditPage } from './audit.ts';
import type { Forgotten } from './forget.ts';
import type { Because, Correction } from './manage.ts';
import type { LateCounts, Snapshot, SnapshotPage } from './snapshots.ts';

/** What one can do to closed windows and, by hand, to entries: a part of `Boards`, which says what every method throws. */
export interface BoardManagement {
  /** Records of closed windows, closed last first; `cursor` is what the page before gave. */
  snapshots(id: string, options: { limit: number; cursor?: string }): Promise<SnapshotPage>;
  /** The record of a closed window by its number. Throws `snapshot-not-found`. */
  snapshot(id: string, number: number): Promise<Snapshot>;
  /** Events that came too late for their windows. */
  late(id: string): Promise<LateCounts>;
  /** Sets a player's entry in an open window. Throws `invalid-input`, `window-closed`. */
  correct(id: string, window: string, player: string, correction: Correction, who: string): Promise<void>;
  /** Takes a player's entry out of an open window. Throws `player-not-found`, `window-closed`. */
  remove(id: string, window: string, player: string, because: Because): Promise<void>;
  /** Deletes a player from all windows; in closed ones the place is kept. May be repeated. */
  forget(id: string, player: string, because: Because): Promise<Forgotten>;
  /** The last ten thousand changes that were made by hand, newest first. */
  audit(id: string, options: { limit: number; cursor?: string }): Promise<AuditPage>;
  /** A whole window as lines of JSON (`export.ts` says which), read while they are taken. */
  export(id: string, window: string): Promise<AsyncIterable<string>>;
}

import type { Config } from '../config.ts';
import type { Boards } from '../leaderboard/boards.ts';
import type { LatePredictor } from '../model/late.ts';
import type { Runs } from '../runs/runs.ts';

export type Role = 'api' | 'worker';

export interface ServiceOptions {
  readonly config: Config;
  readonly roles: readonly Role[];
  /** Without `REDIS_URL`: start a private Redis in the data folder. Otherwise a missing one is an error. */
  readonly embeddedRedis: boolean;
  /** Without any Redis: keep runs in memory, and do without boards. */
  readonly orInMemory?: boolean;
  /** One line for a person about what is being done now. */
  readonly onProgress?: (line: string) => void;
  /** The model loads at once, but answers only once this is settled; until then runs use their rules. */
  readonly modelFrom?: Promise<void>;
  /** One line about the model, which downloads and loads behind everything else. */
  readonly onModelProgress?: (line: string) => void;
}

/** A running service: the API, workers, or both in one process. */
export interface Service {
  /** Where the API listens; undefined without that role. */
  readonly url: string | undefined;
  /** Undefined when everything is kept in memory; then there are no boards either. */
  readonly redisUrl: string | undefined;
  readonly runs: Runs;
  readonly boards: Boards | undefined;
  /** Undefined without workers. */
  readonly predictor: LatePredictor | undefined;
  /**
   * Not ready, takes no work, finishes or hands back what runs. Resolves within `deadlineMs` (default ten seconds), also when
   * Redis is gone.
   */
  close(deadlineMs?: number): Promise<void>;
}

/** What `main.ts` gives the commands: they start services, but do not know what those are made of. */
export interface Wiring {
  readonly version: string;
  startService(options: ServiceOptions): Promise<Service>;
}

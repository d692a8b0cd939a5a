import type { Command } from '../../../src/evidence/commands/shell.ts';
import type { Citation, ObjectRef } from '../../../src/evidence/model.ts';
import type { Remedy, Severity, Stage } from '../schema.ts';
import type { View } from '../view.ts';

/** What an analyzer concluded, before it is numbered and linked. Citations that could not be made are `undefined`. */
export interface Draft {
  readonly object: ObjectRef;
  /** One of the analyzer's `aspects`. */
  readonly aspect?: string;
  readonly summary: string;
  readonly confidence: number;
  readonly severity: Severity;
  readonly citations: readonly (Citation | undefined)[];
  /** Other objects that this failure hits: pods, workloads, Services. */
  readonly involves?: readonly ObjectRef[];
  /** Deliberate as a rule (a suspended CronJob among others): it counts only where the asker names just this object. */
  readonly onlyIfNamed?: boolean;
  /** What many are by nature (slow), and so no failure of its own: it counts only where the question asks for it. */
  readonly onlyIfAsked?: 'speed';
  /** The kind that this proves by itself where the evidence shows no other failure: of an alert, what it measures. */
  readonly alone?: string;
  readonly remedies?: readonly Remedy[];
  readonly rulesOut?: readonly { readonly kind: string; readonly why: string }[];
}

/**
 * One failure kind. `depth` orders cause and effect: of two related findings the one with the smaller depth explains the
 * other (a quota denial explains missing pods, which explain a Service without endpoints).
 */
export interface Analyzer {
  readonly kind: string;
  readonly stage: Stage;
  readonly depth: number;
  readonly title: string;
  /** How it is recognised and what it means, for `docs/failure-kinds.md`. */
  readonly about: string;
  /** What to do, for the same page. */
  readonly remedy: string;
  /** Finer slugs within the kind, with what each means: for the same page. */
  readonly aspects?: Readonly<Record<string, string>>;
  find(view: View): Draft[];
}

/** The levels that `depth` uses. A cause stands above its symptoms. */
export const DEPTH = {
  output: 1,
  outputStep: 2,
  platform: 5,
  delivery: 10,
  admission: 15,
  scheduling: 20,
  config: 25,
  image: 30,
  memory: 35,
  crash: 40,
  probe: 50,
  unexplainedCrash: 55,
  workload: 60,
  service: 70,
  ingress: 75,
  custom: 80,
  application: 90,
  job: 95,
} as const;

export function look(title: string, command?: Command): Remedy {
  return { title, risk: 'none', changes: false, ...(command === undefined ? {} : { command }) };
}

export function change(title: string, risk: Remedy['risk'] = 'low', command?: Command): Remedy {
  return { title, risk, changes: true, ...(command === undefined ? {} : { command }) };
}

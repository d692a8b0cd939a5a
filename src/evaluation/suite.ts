import type { z } from 'zod';
import type { Pipeline } from '../runs/pipeline.ts';
import type { RunRecord } from '../runs/run.ts';

/** One question with its expected answer. `easy` among the tags is a promise: it passes every time. */
export interface EvalCase<I, E> {
  readonly id: string;
  readonly tags: readonly string[];
  readonly input: I;
  readonly expected: E;
}

/** 0 (wrong) to 1 (right); `null` when the metric does not apply or could not be scored, which is not zero. */
export interface Score {
  readonly value: number | null;
  /** Why it is not 1. */
  readonly note?: string;
}

export interface Scored<I, O, E> {
  readonly case: EvalCase<I, E>;
  readonly output: O;
  readonly record: RunRecord;
}

export type Metric<I, O, E> = (scored: Scored<I, O, E>) => Score;

/**
 * How well one pipeline answers: where its cases are, how a case folder becomes an input, and what is measured.
 * A case is a folder with `case.yaml` (`tags`, `expected`) and whatever files `loadInput` reads; a new case needs no code.
 */
export interface Suite<I, O, E> {
  /** The pipeline's name. */
  readonly name: string;
  /** The folder that holds `cases/`, `recordings/` and `baseline.json`. */
  readonly folder: string;
  /** The model whose answers are recorded, as `<provider>:<model>`. */
  readonly model: string;
  readonly expected: z.ZodType<E>;
  /** Builds the input from the case folder. */
  loadInput(folder: string): Promise<I>;
  /** The pipeline that answers the case; a case may bring the world its reads look at. */
  pipeline(folder: string): Promise<Pipeline<I, O>>;
  readonly metrics: Readonly<Record<string, Metric<I, O, E>>>;
}

/** A list of suites forgets their types; each validates its own cases. */
// biome-ignore lint/suspicious/noExplicitAny: suites of different types stand in one list
export type AnySuite = Suite<any, any, any>;

export function defineSuite<I, O, E>(suite: Suite<I, O, E>): Suite<I, O, E> {
  return suite;
}

/** Full marks or none, with a note for none. */
export function passFail(pass: boolean, note: string): Score {
  return pass ? { value: 1 } : { value: 0, note };
}

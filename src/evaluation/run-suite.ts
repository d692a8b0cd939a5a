import type { Predictor } from '../model/predictor.ts';
import { runInProcess } from '../runs/in-process.ts';
import type { RunRecord } from '../runs/run.ts';
import { type LoadedCase, loadCases } from './cases.ts';
import { type EvaluationLog, summarizeMetrics } from './log.ts';
import type { AnySuite, Score } from './suite.ts';

export interface SuiteOptions {
  readonly predictor: Predictor;
  readonly signal?: AbortSignal;
  /** Only these cases; all when absent. */
  readonly only?: readonly string[];
  readonly onCase?: (id: string, done: number, total: number) => void;
}

/**
 * Runs every case of a suite in-process, one after the other (an embedded model answers one request at a time anyway),
 * and returns a log that describes itself. A run that fails leaves its metrics unscored; it never counts as zero or one.
 */
export async function runSuite(suite: AnySuite, options: SuiteOptions): Promise<EvaluationLog> {
  const loaded = await loadCases(suite);
  const cases = options.only === undefined ? loaded : loaded.filter(({ id }) => options.only?.includes(id));
  const results: EvaluationLog['cases'] = [];
  const startedAt = new Date().toISOString();
  let version = 0;
  let codeRevision = '';
  for (const evalCase of cases) {
    options.signal?.throwIfAborted();
    const pipeline = await suite.pipeline(evalCase.folder);
    const record = await runInProcess(pipeline, evalCase.input, {
      predictor: options.predictor,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    version = record.run.version;
    codeRevision = record.codeRevision;
    results.push(resultOf(suite, evalCase, record));
    options.onCase?.(evalCase.id, results.length, cases.length);
  }
  return {
    schema: 1,
    suite: suite.name,
    pipelineVersion: version,
    codeRevision,
    model: options.predictor.model,
    startedAt,
    finishedAt: new Date().toISOString(),
    metrics: summarizeMetrics(Object.keys(suite.metrics), results),
    cases: results,
  };
}

function resultOf(suite: AnySuite, evalCase: LoadedCase, record: RunRecord): EvaluationLog['cases'][number] {
  const { run, journal } = record;
  const calls = journal.flatMap((entry) => (entry.call === undefined ? [] : [entry.call]));
  const total = (pick: (call: (typeof calls)[number]) => number | undefined): number =>
    calls.reduce((sum, call) => sum + (pick(call) ?? 0), 0);
  return {
    id: evalCase.id,
    tags: [...evalCase.tags],
    status: run.status,
    mode: run.mode,
    ...(run.modeReason === undefined ? {} : { modeReason: run.modeReason }),
    ...(run.error === undefined ? {} : { error: `${run.error.code}: ${run.error.message}` }),
    inputTokens: total((call) => call.inputTokens),
    outputTokens: total((call) => call.outputTokens),
    durationMs: journal.reduce((sum, entry) => sum + entry.durationMs, 0),
    scores: Object.fromEntries(
      Object.entries(suite.metrics).map(([name, metric]) => [
        name,
        score(record, () => metric({ case: evalCase, output: run.output, record })),
      ]),
    ),
  };
}

function score(record: RunRecord, measure: () => Score): Score {
  if (record.run.status !== 'succeeded') return { value: null, note: `the run ${record.run.status}` };
  try {
    return measure();
  } catch (error) {
    return { value: null, note: `the metric failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

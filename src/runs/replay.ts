import { OpslineError } from '../errors.ts';
import { noModel } from '../model/predictor.ts';
import { codeRevision } from './code-revision.ts';
import { execute, type Outcome } from './engine.ts';
import { issueLine, issuesOf } from './json.ts';
import type { AnyPipeline } from './pipeline.ts';
import { type Difference, ReplayJournal } from './replay-journal.ts';
import { RunRecord } from './run.ts';

export interface ReplayReport {
  /** Everything the code did again had the digest that the record has. */
  readonly ok: boolean;
  readonly runId: string;
  readonly pipeline: string;
  readonly version: number;
  /** Steps in the record. */
  readonly steps: number;
  /** The first difference in the order of the record, and how many there are. */
  readonly difference?: Difference;
  readonly differences: number;
  /** One sentence for a person. */
  readonly summary: string;
  readonly codeRevision: { readonly recorded: string; readonly here: string };
  /** The output of the code as it is here, when it came to one. */
  readonly output?: unknown;
}

/**
 * Runs a record's pure code again over its journal: no Redis, no network, nothing fetched, asked or written. Names the
 * first step whose digest differs. Throws `invalid-input` for something that is no run record, `pipeline-not-found` when
 * the pipeline or its version is not in `pipelines`, and `run-not-finished` for a run without an end.
 */
export async function replay(record: unknown, pipelines: readonly AnyPipeline[]): Promise<ReplayReport> {
  const parsed = RunRecord.safeParse(record);
  if (!parsed.success) {
    throw new OpslineError('invalid-input', `This is no run record: ${issueLine(parsed.error)}.`, {
      issues: issuesOf(parsed.error),
    });
  }
  const recorded = parsed.data;
  const pipeline = pipelineOf(recorded, pipelines);
  requireEnd(recorded);
  const { outcome, journal } = await rerun(recorded, pipeline);
  // What came from outside and failed (a read, a timeout) is not in the journal and cannot come again.
  const outside = recorded.run.status === 'failed' && journal.wanted !== undefined;
  const differences = [
    ...journal.differences(outcome.status === 'succeeded'),
    ...(journal.wanted === undefined || outside ? [] : [journal.wanted]),
    ...(outside ? [] : endDifferences(recorded, outcome)),
  ];
  const [first] = differences;
  const { id, version } = recorded.run;
  return {
    ok: first === undefined,
    runId: id,
    pipeline: pipeline.name,
    version,
    steps: recorded.journal.length,
    ...(first === undefined ? {} : { difference: first }),
    differences: differences.length,
    summary: summary(recorded, first),
    codeRevision: { recorded: recorded.codeRevision, here: codeRevision() },
    ...(outcome.status === 'succeeded' ? { output: outcome.output.value } : {}),
  };
}

/** Executes a record's pipeline over the record's journal and nothing else. */
export async function rerun(
  record: RunRecord,
  pipeline: AnyPipeline,
): Promise<{ outcome: Outcome; journal: ReplayJournal }> {
  const journal = new ReplayJournal(record.journal);
  const outcome = await execute({
    pipeline,
    input: record.input,
    runId: record.run.id,
    predictor: noModel('a replay asks no model'),
    journal,
    signal: AbortSignal.timeout(pipeline.timeoutMs),
  });
  return { outcome, journal };
}

function pipelineOf(record: RunRecord, pipelines: readonly AnyPipeline[]): AnyPipeline {
  const { pipeline: name, version } = record.run;
  const named = pipelines.filter((pipeline) => pipeline.name === name);
  const found = named.find((pipeline) => pipeline.version === version);
  if (found !== undefined) return found;
  const here = named.map((pipeline) => `version ${pipeline.version}`).join(', ');
  throw new OpslineError(
    'pipeline-not-found',
    here === ''
      ? `The record is of pipeline "${name}", which this opsline does not have.`
      : `The record is of ${name} version ${version}; this opsline has ${here}. Replay it with the release that made it.`,
  );
}

/** Ends that came from outside the code. */
const CUT_OFF = new Set<string>(['run-timeout', 'delivery-limit', 'run-cancelled']);

function requireEnd({ run }: RunRecord): void {
  const cutOff = run.error !== undefined && CUT_OFF.has(run.error.code);
  if (run.status === 'succeeded' || (run.status === 'failed' && !cutOff)) return;
  if (run.status === 'failed' || run.status === 'cancelled') {
    throw new OpslineError(
      'run-not-finished',
      `Run ${run.id} was cut off (${run.error?.code ?? run.status}): it has no end that a replay could compare.`,
    );
  }
  throw new OpslineError('run-not-finished', `Run ${run.id} is ${run.status}. Export its record when it has finished.`);
}

function endDifferences(record: RunRecord, outcome: Outcome): Difference[] {
  const recorded = record.run.error?.code ?? '';
  const replayed = outcome.status === 'succeeded' ? '' : endError(outcome);
  if (recorded !== replayed) return [{ step: 'run', kind: 'error', what: 'result', recorded, replayed }];
  if (outcome.status !== 'succeeded' || record.outputDigest === outcome.outputDigest) return [];
  const digests = { recorded: record.outputDigest ?? '', replayed: outcome.outputDigest };
  return [{ step: 'output', kind: 'output', what: 'result', ...digests }];
}

const endError = (outcome: Exclude<Outcome, { status: 'succeeded' }>): string =>
  outcome.status === 'failed' ? outcome.error.code : outcome.reason.code;

function summary(record: RunRecord, first: Difference | undefined): string {
  if (first === undefined) return `${record.journal.length} steps and the end are as recorded.`;
  const { step, kind, what, recorded, replayed } = first;
  const short = (digest: string): string => (kind === 'error' ? digest || 'none' : digest.slice(0, 12) || 'nothing');
  if (what === 'missing') {
    return recorded === ''
      ? `Step "${step}" (${kind}) ran here and is not in the record.`
      : `Step "${step}" (${kind}) is in the record and did not run here.`;
  }
  const subject =
    kind === 'error' ? 'The error' : kind === 'output' ? 'The output' : `The ${what} of step "${step}" (${kind})`;
  return `${subject} differs: recorded ${short(recorded)}, here ${short(replayed)}.`;
}

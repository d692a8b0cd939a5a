import { digest } from '../digest.ts';
import { redact } from '../model/redaction.ts';
import type { AnyPipeline } from './pipeline.ts';
import { rerun } from './replay.ts';
import type { JournalEntry, RunRecord } from './run.ts';

/**
 * A record that may leave the house: input, reads, answers, written results and output go through `redact`,
 * each by itself, whatever the pipeline redacted already.
 *
 * Code that sees a redacted input computes something else than it did for the real one, so the digests of the real run
 * would never verify. Where redaction changed something, the pure code therefore runs once more over the redacted
 * journal, and the exported digests are those of that run. What is then verified by a replay is the exported record:
 * this code, on this (redacted) evidence, yields these digests. Where nothing changed, the digests are the run's own.
 * A code change between the run and its export shows as a difference in the replay only when nothing was redacted.
 */
export async function exportRecord(record: RunRecord, pipeline: AnyPipeline | undefined): Promise<RunRecord> {
  const input = hidden(record.input);
  const journal = record.journal.map((entry) => redactedEntry(entry));
  const changed = digest(input) !== record.inputDigest || journal.some((entry, i) => entry !== record.journal[i]);
  const redacted: RunRecord = {
    ...record,
    run: redactedRun(record),
    input,
    inputDigest: digest(input),
    journal,
  };
  if (!changed) return redacted;
  const rederivable =
    pipeline !== undefined && pipeline.version === record.run.version && record.run.status === 'succeeded';
  return rederivable ? rederive(redacted, pipeline) : redacted;
}

const hidden = <T>(value: T): T => redact(value).value;

function redactedEntry(entry: JournalEntry): JournalEntry {
  const shown = entry.reason === undefined ? entry : { ...entry, reason: hidden(entry.reason) };
  const differs = shown.reason !== entry.reason;
  if (entry.value === undefined) return differs ? shown : entry;
  const value = hidden(entry.value);
  const newDigest = digest(value);
  return newDigest === entry.digest && !differs ? entry : { ...shown, value, digest: newDigest };
}

function redactedRun({ run }: RunRecord): RunRecord['run'] {
  return {
    ...run,
    ...(run.output === undefined ? {} : { output: hidden(run.output) }),
    ...(run.modeReason === undefined ? {} : { modeReason: hidden(run.modeReason) }),
    ...(run.error === undefined ? {} : { error: { ...run.error, message: hidden(run.error.message) } }),
    ...(run.progress === undefined ? {} : { progress: { ...run.progress, message: hidden(run.progress.message) } }),
  };
}

/** Recomputes what depends on redacted values: digests of pure steps, of the questions asked, and of the output. */
async function rederive(record: RunRecord, pipeline: AnyPipeline): Promise<RunRecord> {
  const { outcome, journal } = await rerun(record, pipeline);
  if (outcome.status !== 'succeeded') return record;
  const asked = new Map(journal.differences(false).map((d) => [d.step, d]));
  const entries = record.journal.map((entry): JournalEntry => {
    if (entry.kind === 'do') return { ...entry, digest: journal.digestOf(entry.step) ?? entry.digest };
    const difference = asked.get(entry.step);
    return difference?.what === 'input' ? { ...entry, inputDigest: difference.replayed } : entry;
  });
  return {
    ...record,
    journal: entries,
    run: { ...record.run, output: hidden(outcome.output.value) },
    outputDigest: outcome.outputDigest,
  };
}

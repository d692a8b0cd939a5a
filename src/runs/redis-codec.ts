import { journalKey, type Noted } from './journal.ts';
import { stepEvent } from './record.ts';
import type { JournalEntry, Run } from './run.ts';

/** Fields of the record hash that a {@link Run} is made of; `output` is apart, because it may be a blob. */
export const RUN_FIELDS = [
  'pipeline',
  'version',
  'status',
  'mode',
  'modeReason',
  'createdAt',
  'startedAt',
  'finishedAt',
  'progress',
  'error',
] as const;

/** A run from its fields, without its output; undefined when there is no record. */
export function runFrom(id: string, values: readonly (string | null)[]): Run | undefined {
  const [pipeline, version, status, mode, modeReason, createdAt, startedAt, finishedAt, progress, error] = values;
  if (!pipeline || !createdAt) return undefined;
  return {
    id,
    pipeline,
    version: Number(version),
    status: status as Run['status'],
    mode: mode as Run['mode'],
    ...(modeReason ? { modeReason } : {}),
    createdAt,
    ...(startedAt ? { startedAt } : {}),
    ...(finishedAt ? { finishedAt } : {}),
    ...(progress ? { progress: JSON.parse(progress) } : {}),
    ...(error ? { error: JSON.parse(error) } : {}),
  };
}

/** A journal field: `s:` a step of the current code, `k:` what earlier code left. The value's text or blob is apart. */
export interface JournalField {
  readonly order: number;
  readonly entry: JournalEntry;
  readonly stored?: string | undefined;
}

export const stepField = ({ entry }: Noted): string => `s:${journalKey(entry.step, entry.kind, entry.inputDigest)}`;

export function encodeField(order: number, entry: JournalEntry, stored: string | undefined): string {
  const { value: _value, ...rest } = entry;
  return JSON.stringify({ order, entry: rest, ...(stored === undefined ? {} : { stored }) });
}

export const decodeField = (text: string): JournalField => JSON.parse(text) as JournalField;

export const eventData = (noted: Noted): string => JSON.stringify(stepEvent(noted).data);

/** `[field, value, field, value, …]` as pairs. */
export function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([flat[i] as string, flat[i + 1] as string]);
  return result;
}

import { expandedRecords } from './expanded.ts';
import { recordsIn, type TextRecord } from './read.ts';

/** A column's name without its case and signs: `Blocking Session-ID` is `blocking_session_id`. */
export const columnName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');

/** The records of a table that may stand in a box (that begins with a rule, which heads no row), or that is shown with a line for each column. */
export function boxedRecords(lines: readonly string[]): TextRecord[] {
  const expanded = expandedRecords(lines);
  if (expanded.length > 0) return expanded;
  const from = /^\+[-+]+\+\s*$/.test(lines[0] ?? '') ? 1 : 0;
  return (recordsIn(lines.slice(from)) ?? []).map((one) => ({ ...one, index: one.index + from }));
}

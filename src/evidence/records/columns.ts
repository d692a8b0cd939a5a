import { recordsIn, type TextRecord } from './read.ts';

/** A column's name without its case and signs: `Blocking Session-ID` is `blocking_session_id`. */
export const columnName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');

/** What heads a record whose columns stand below each other: MySQL's `\\G` and psql's `\\x`. */
const RECORD = /^\*{10,} \d+\. row \*{10,}$|^-\[ RECORD \d+ \][-+]*$/;
const FIELD = /^\s*([\w ]*\w)(?:: | +\| )(.*)$/;

/** Records whose columns stand below each other, each a name and a value. */
function verticalRecords(lines: readonly string[]): TextRecord[] {
  const records: { fields: Record<string, string>; index: number }[] = [];
  let open: Record<string, string> | undefined;
  for (const [index, line] of lines.entries()) {
    if (RECORD.test(line.trim())) {
      open = {};
      records.push({ fields: open, index });
      continue;
    }
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined) open = undefined;
    else if (open !== undefined && value !== 'NULL') open[name] = value.trim();
  }
  return records;
}

/** The records of a table that may stand in a box: that begins with a rule, which heads no row. */
export function boxedRecords(lines: readonly string[]): TextRecord[] {
  const vertical = verticalRecords(lines);
  if (vertical.length > 0) return vertical;
  const from = /^\+[-+]+\+\s*$/.test(lines[0] ?? '') ? 1 : 0;
  return (recordsIn(lines.slice(from)) ?? []).map((one) => ({ ...one, index: one.index + from }));
}

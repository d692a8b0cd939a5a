import type { TextRecord } from './read.ts';

/** The heads of rows that are shown with a line for each column: psql's `\x`, the `\G` of MySQL's client. */
const HEADS = [/^-\[ RECORD \d+ \][-+]*\s*$/, /^\*{5,} \d+\. row \*{5,}\s*$/];
const FIELDS = [/^([\w .()%-]{1,63}?)\s*\|(?: (.*))?$/, /^\s*([\w .()%-]{1,63}?): ?(.*)$/];

/** Rows that are shown with a line for each column. Each is cited by the first of them. Empty for any other text. */
export function expandedRecords(lines: readonly string[]): TextRecord[] {
  const form = HEADS.findIndex((head) => lines.some((line) => head.test(line)));
  const [head, field] = [HEADS[form], FIELDS[form]];
  if (head === undefined || field === undefined) return [];
  const found: { fields: Record<string, string>; index: number }[] = [];
  for (const [index, line] of lines.entries()) {
    if (head.test(line)) {
      found.push({ fields: {}, index: index + 1 });
      continue;
    }
    const [, name, value = ''] = field.exec(line) ?? [];
    const last = found.at(-1);
    if (last !== undefined && name !== undefined) last.fields[name.trim()] = value.trim();
  }
  return found.filter(({ fields }) => Object.keys(fields).length > 0);
}

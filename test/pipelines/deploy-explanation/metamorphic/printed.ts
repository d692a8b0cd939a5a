import { parseAllDocuments } from 'yaml';
import type { Case, Change, EvidenceText } from './case.ts';
import { rewrite } from './layout.ts';
import { languages, python, type Value } from './values.ts';

type Rows = readonly (readonly string[])[];

/** The objects of a file that holds nothing else. */
export function objectsIn({ name, text }: EvidenceText): Value[] | undefined {
  if (!/\.(?:ya?ml|json)$/.test(name) || text.length > 200_000) return undefined;
  const documents = parseAllDocuments(text);
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  const values = documents.map((one) => JSON.parse(JSON.stringify(one.toJS() ?? null))).filter((one) => one !== null);
  const found = values.flatMap((one) => (Array.isArray(one) ? one : (one.items ?? [one])));
  return found.length > 0 && found.every((one) => one?.kind && one.apiVersion && one.metadata) ? found : undefined;
}

function changed(given: Case, change: (file: EvidenceText) => EvidenceText | undefined): Case | undefined {
  const files = given.files.map((file) => change(file) ?? file);
  return files.some((file, index) => file !== given.files[index]) ? { ...given, files } : undefined;
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const html = (cell: string) => cell.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function widths(rows: Rows): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
}

function boxed(rows: Rows, bar: string, rule: (width: number[]) => string): string[] {
  const wide = widths(rows);
  const [head = '', ...rest] = rows.map(
    (row) => `${bar}${wide.map((w, at) => ` ${(row[at] ?? '').padEnd(w)} `).join(bar)}${bar}`,
  );
  return [rule(wide), head, rule(wide), ...rest, rule(wide)];
}

const line = (wide: number[], left: string, middle: string, right: string, dash: string) =>
  `${left}${wide.map((width) => dash.repeat(width + 2)).join(middle)}${right}`;

const drawings: Readonly<Record<string, (rows: Rows) => string[]>> = {
  csv: (rows) => rows.map((row) => row.map(quoted).join(',')),
  'ascii-box': (rows) => boxed(rows, '|', (wide) => line(wide, '+', '+', '+', '-')),
  box: (rows) => boxed(rows, '│', (wide) => line(wide, '├', '┼', '┤', '─')),
  psql: (rows) => {
    const wide = widths(rows);
    const [head = '', ...rest] = rows.map((row, at) =>
      wide
        .map((w, c) => ` ${(at === 0 ? row[c]?.toLowerCase() : row[c])?.padEnd(w)} `)
        .join('|')
        .trimEnd(),
    );
    return [head, line(wide, '', '+', '', '-'), ...rest, `(${rest.length} rows)`];
  },
  underlined: (rows) => {
    const wide = widths(rows);
    const [head = '', ...rest] = rows.map((row) =>
      row
        .map((cell, at) => cell.padEnd(wide[at] ?? 0))
        .join(' ')
        .trimEnd(),
    );
    return [head, wide.map((width) => '-'.repeat(width)).join(' '), ...rest];
  },
  html: (rows) => [
    '<table>',
    ...rows.map(
      (row, at) =>
        `<tr>${row.map((cell) => (at === 0 ? `<th>${html(cell)}</th>` : `<td>${html(cell)}</td>`)).join('')}</tr>`,
    ),
    '</table>',
  ],
};

/** Objects, tables and logs as other programs print them: the same evidence in another notation. */
export const printed: readonly Change[] = [
  ...Object.entries(languages).map(
    ([name, print]): Change => ({
      name: `printed-by-${name}`,
      apply: (given) =>
        changed(given, (file) => {
          const objects = objectsIn(file);
          return objects === undefined ? undefined : { name: 'printed.txt', text: `${print(objects)}\n` };
        }),
    }),
  ),
  ...Object.entries(drawings).map(
    ([name, draw]): Change => ({
      name: `drawn-as-${name}`,
      apply: (given) =>
        changed(given, (file) => {
          // What stands within a description is laid out by it.
          const text = rewrite(file.text, ({ rows, indent, from }, lines) =>
            indent === '' && /^\$ kubectl get /.test(lines[from - 1] ?? '')
              ? draw(rows)
              : lines.slice(from, from + rows.length),
          );
          return text === file.text ? undefined : { ...file, text };
        }),
    }),
  ),
  ...[
    { name: 'text-in-json', wrap: (text: string) => JSON.stringify(text) },
    { name: 'text-in-python', wrap: (text: string) => python(text) },
    { name: 'lines-in-python', wrap: (text: string) => python(text.split('\n')) },
  ].map(
    ({ name, wrap }): Change => ({
      name,
      apply: (given) =>
        changed(given, (file) =>
          /-[a-z0-9]{5}\.log$/.test(file.name) ? { ...file, text: `${wrap(file.text.trimEnd())}\n` } : undefined,
        ),
    }),
  ),
];

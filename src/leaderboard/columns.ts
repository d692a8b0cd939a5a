import type { Events } from './events.ts';

const NUMBERS: readonly (keyof Events)[] = ['scores', 'times', 'sequences'];
const TEXTS: readonly (keyof Events)[] = ['players', 'ids', 'sources', 'metadata'];
const OPTIONAL: ReadonlySet<keyof Events> = new Set(['ids', 'sequences', 'sources', 'metadata']);

/**
 * Whether a value is columns of events, all of one length from 1 to `most`. A schema of arrays says the same, but makes an object
 * for each element that it looks at: a worker looks at thousands for each part.
 */
export function isColumns(value: unknown, most: number): value is Events {
  if (typeof value !== 'object' || value === null) return false;
  const columns = value as Readonly<Record<keyof Events, unknown>>;
  if (!Array.isArray(columns.players)) return false;
  const { length } = columns.players;
  const every = (names: readonly (keyof Events)[], is: (element: unknown) => boolean): boolean =>
    names.every((name) => {
      const column = columns[name];
      if (column === undefined) return OPTIONAL.has(name);
      return Array.isArray(column) && column.length === length && column.every(is);
    });
  return length >= 1 && length <= most && every(NUMBERS, Number.isFinite) && every(TEXTS, isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

import { text } from '../json.ts';
import { citeLines } from './cite.ts';
import { execOf } from './command.ts';
import type { Citation, EvidenceItem } from './model.ts';
import { boxedRecords, columnName } from './records/columns.ts';

/** How many connections a database has, and how many it may have, as it was asked. */
interface UsedConnections {
  readonly items: readonly EvidenceItem[];
  readonly used: number;
  readonly most: number;
  readonly citations: readonly (Citation | undefined)[];
}

const MAX_CHARS = 256 * 1024;
const MOST = /^max_?(?:connections|conn|allowed)$/;
const USED = /^(?:used|current|active|open|total|count|connections|num_?backends|in_use)(?:_connections|_conn)?$/;
/** MySQL's own name for it; its `Connections` are all attempts since the start. */
const OF_MYSQL = 'threads_connected';

interface Told {
  readonly item: EvidenceItem;
  readonly index: number;
  readonly amount: number;
  /** Whether it is a row of a name and its value. */
  readonly variable: boolean;
}

/** Amounts by their names: columns of one row, or rows of a name and its value (`SHOW STATUS`, `SHOW VARIABLES`). */
function amountsIn(item: EvidenceItem): ReadonlyMap<string, Told> {
  if (item.text.length > MAX_CHARS || !/max_?conn|Threads_connected/i.test(item.text)) return new Map();
  const found = new Map<string, Told>();
  for (const { fields, index } of boxedRecords(item.text.split('\n'))) {
    const cells = Object.entries(fields).map(([name, value]) => [columnName(name), text(value)?.trim() ?? ''] as const);
    const variable = cells.find(([name]) => name === 'variable_name')?.[1].toLowerCase();
    for (const [name, value] of cells) {
      const key = variable !== undefined && name === 'value' ? variable : name;
      if (/^\d+$/.test(value) && !found.has(key))
        found.set(key, { item, index, amount: Number(value), variable: variable !== undefined });
    }
  }
  return found;
}

/** The connections of the one database that was asked for them, in one answer or in two. Undefined where both numbers are not told. */
export function usedConnections(items: readonly EvidenceItem[]): UsedConnections | undefined {
  const told = items.flatMap((item) => [...amountsIn(item)]);
  const [most, ...others] = told.filter(([name]) => MOST.test(name)).map(([, one]) => one);
  if (most === undefined || others.some(({ amount }) => amount !== most.amount)) return undefined;
  const target = JSON.stringify(execOf(most.item.command ?? '')?.target);
  const used = told.find(([name, one]) => {
    const same = one.item === most.item || JSON.stringify(execOf(one.item.command ?? '')?.target) === target;
    return same && (one.variable ? name === OF_MYSQL : USED.test(name) || name === OF_MYSQL);
  })?.[1];
  if (used === undefined) return undefined;
  return {
    items: [used.item, most.item],
    used: used.amount,
    most: most.amount,
    citations: [used, most].map(({ item, index }) => citeLines(item, index)),
  };
}

import { asArray, at, isObject, objects, text } from '../../json.ts';
import type { EvidenceItem } from '../model.ts';
import type { Output } from '../outputs.ts';

/** What a plan means to do with one resource. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly action: 'create' | 'update' | 'destroy' | 'replace';
  /** Attributes that force the replacement, as the plan names them. */
  readonly forcedBy: readonly string[];
  /** Names that the plan gives what it makes: `name`, `bucket`, `identifier`. */
  readonly names: readonly string[];
  readonly item: EvidenceItem;
  /** Index of the line in the item's text that says it, and of those that say what forces it. */
  readonly index: number;
  readonly forcedAt: readonly number[];
}

/** `module.a.aws_db_instance.b[0]` → `aws_db_instance`. */
export function typeOf(address: string): string {
  const bare = address.replace(/\[(?:"[^"]*"|\d+)\]/g, '').replace(/^(?:module\.[\w-]+\.)*/, '');
  return bare.split('.').at(-2) ?? bare;
}

const HEADER =
  /^\s*# (\S+?(?:\[[^\]]*\])?\S*) (?:\(.*\) )?(will be created|will be destroyed|must be replaced|is tainted, so (?:it )?must be replaced|will be replaced, as requested|will be replaced due to changes in replace_triggered_by|will be updated in-place)/;
const MAX_HEADER = 1000;
const NAME =
  /^\s+[+~] (?:name|bucket|identifier|cluster_identifier|cluster_name|db_name|zone_id|key_ring|id)\s+= "([^"]+)"/;

function actionOf(words: string): PlannedChange['action'] {
  if (words.includes('created')) return 'create';
  if (words.includes('destroyed')) return 'destroy';
  return words.includes('updated') ? 'update' : 'replace';
}

/** The changes that a plan for people announces, each with the block below it. */
export function parsePlan(output: Output): PlannedChange[] {
  const found: PlannedChange[] = [];
  for (const [start, line] of output.lines.entries()) {
    const match = HEADER.exec(line.text.slice(0, MAX_HEADER));
    if (match === null) {
      const change = streamed(line.text);
      if (change !== undefined) found.push({ ...change, item: line.item, index: line.index });
      continue;
    }
    const address = match[1] ?? '';
    const names: string[] = [];
    const forcedBy: string[] = [];
    const forcedAt: number[] = [];
    let block = '';
    for (const next of output.lines.slice(start + 1, start + 400)) {
      if (HEADER.test(next.text) || /^(?:Plan|Changes to Outputs): ?|^ {4}\}\s*$/.test(next.text)) break;
      const opens = /^\s+[-+~/]* ?(\w+) (?:= )?[{[]/.exec(next.text);
      if (opens !== null) block = opens[1] ?? '';
      const name = NAME.exec(next.text)?.[1];
      if (name !== undefined) names.push(name);
      if (/# forces replacement/.test(next.text) && next.item === line.item) {
        forcedBy.push(/^\s*[-+~/]* ?"?([\w.-]+)"?\s+(?:=|\{)/.exec(next.text)?.[1] ?? block);
        forcedAt.push(next.index);
      }
    }
    const base = {
      address,
      type: typeOf(address),
      action: actionOf(match[2] ?? ''),
      item: line.item,
      index: line.index,
    };
    found.push({ ...base, names, forcedBy: [...new Set(forcedBy)], forcedAt });
  }
  return found;
}

type Found = Omit<PlannedChange, 'item' | 'index'>;

const NOTHING = { forcedBy: [], names: [], forcedAt: [] };

/** A `planned_change` of `terraform plan -json`. */
function streamed(line: string): Found | undefined {
  if (!line.startsWith('{') || !line.includes('"planned_change"') || line.length > 100_000) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const address = text(at(value, 'change', 'resource', 'addr'));
    const action = text(at(value, 'change', 'action'));
    if (address === undefined || !/^(?:create|update|delete|replace)$/.test(action ?? '')) return undefined;
    return {
      ...NOTHING,
      address,
      type: typeOf(address),
      action: action === 'delete' ? 'destroy' : (action as Found['action']),
    };
  } catch {
    return undefined;
  }
}

function jsonAction(actions: readonly string[]): PlannedChange['action'] | undefined {
  if (actions.includes('delete')) return actions.includes('create') ? 'replace' : 'destroy';
  if (actions.includes('create')) return 'create';
  return actions.includes('update') ? 'update' : undefined;
}

/**
 * The changes in the JSON form of a plan (`terraform show -json`): `resource_changes`, of format version 1
 * (https://developer.hashicorp.com/terraform/internals/json-format). Nothing for any other text.
 */
export function parsePlanJson(item: EvidenceItem): PlannedChange[] {
  if (!item.text.includes('"resource_changes"')) return [];
  let value: unknown;
  try {
    value = JSON.parse(item.text);
  } catch {
    return [];
  }
  const places = new Map<string, number>();
  for (const [index, line] of item.text.split('\n').entries()) {
    const address = /^\s*"address": ?("(?:[^"\\]|\\.)*")/.exec(line.slice(0, 4000))?.[1];
    if (address !== undefined) places.set(JSON.parse(address) as string, index);
  }
  return objects(at(value, 'resource_changes')).flatMap((entry): PlannedChange[] => {
    const address = text(entry.address);
    const actions = asArray(at(entry, 'change', 'actions')).filter((action) => typeof action === 'string');
    const action = jsonAction(actions);
    if (address === undefined || action === undefined || !isObject(entry.change) || entry.mode === 'data') return [];
    const index = places.get(address) ?? 0;
    const paths = asArray(at(entry, 'change', 'replace_paths')).map((path) => asArray(path).map(String).join('.'));
    const names = ['name', 'bucket', 'identifier'].flatMap((key) => text(at(entry, 'change', 'after', key)) ?? []);
    const base = { address, type: text(entry.type) ?? typeOf(address), action, names, item, index };
    return [{ ...base, forcedBy: paths.filter((path) => path !== ''), forcedAt: [] }];
  });
}

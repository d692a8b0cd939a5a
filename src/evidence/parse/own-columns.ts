import type { Json } from '../../json.ts';

/** A condition that a column picks by its type: `.status.conditions[?(@.type=="Ready")].message`. */
const OF_CONDITION = /^status\.conditions\[\?\(@\.type==\\?["']?(\w+)\\?["']?\)\]\.(\w+)$/;
/** Members of members, also of one member of a list or of each (`.spec.containers[0].image`, `.spec.containers[*].image`). */
const PLAIN = /^[A-Za-z]\w*(?:\[(?:\d|\*)\])?(?:\.[A-Za-z]\w*(?:\[(?:\d|\*)\])?)*$/;

/**
 * The columns of `-o custom-columns=NAME:.metadata.name,WHY:.status.message`: the path of each, by its header. A path that picks
 * something out of a list, other than a condition by its type or a member by its place, is left out.
 */
export function ownColumns(output = ''): ReadonlyMap<string, string> {
  const [, list] = /^custom-columns=(.*)$/.exec(output) ?? [];
  const columns = new Map<string, string>();
  for (const column of (list ?? '').replace(/^(["'])(.*)\1$/, '$2').split(',')) {
    const at = column.indexOf(':');
    const path = column
      .slice(at + 1)
      .replace(/^\{(.*)\}$/, '$1')
      .replace(/^\./, '');
    if (at > 0 && (PLAIN.test(path) || OF_CONDITION.test(path))) columns.set(column.slice(0, at), path);
  }
  return columns;
}

/** An object under construction. */
type Fields = Record<string, unknown>;

/** The names of members that reach into what a program inherits. */
const INHERITED = /^(?:__proto__|constructor|prototype)$/;

/** What the cells of such a table say of the spec and the status of the object of their row. */
export function fromOwnColumns(columns: ReadonlyMap<string, string>, cells: Readonly<Record<string, string>>): Json {
  const object: Fields = {};
  const conditions = new Map<string, Json>();
  for (const [header, path] of columns) {
    const cell = cells[header];
    if (cell === undefined || cell === '' || cell === '<none>' || !/^(?:spec|status)\./.test(path)) continue;
    const [, type, field] = OF_CONDITION.exec(path) ?? [];
    if (type !== undefined && field !== undefined) {
      conditions.set(type, { ...conditions.get(type), type, [field]: cell });
      continue;
    }
    const steps = path.split(/\.|(?=\[)/);
    if (steps.some((step) => INHERITED.test(step))) continue;
    // `[*]` of several lists cannot be told apart again.
    const each = steps.filter((step) => step === '[*]').length;
    const values = each === 0 ? [cell] : each === 1 ? cell.split(',') : [];
    for (const [index, value] of values.entries())
      if (value !== '<none>')
        put(
          object,
          steps.map((step) => (step === '[*]' ? `[${index}]` : step)),
          plainValue(value),
        );
  }
  if (conditions.size > 0) put(object, ['status', 'conditions'], [...conditions.values()]);
  return object;
}

const plainValue = (cell: string): unknown =>
  /^\d{1,15}$/.test(cell) ? Number(cell) : /^(?:true|false)$/.test(cell) ? cell === 'true' : cell;

/** Sets a member within members, or one of a list (`[0]`); what stands there already as a plain value stays. */
function put(object: Fields, steps: readonly string[], value: unknown): void {
  const [first = '', ...rest] = steps;
  const key = first.replace(/^\[(\d+)\]$/, '$1');
  if (rest.length === 0) {
    object[key] = value;
    return;
  }
  const inList = rest[0]?.startsWith('[') === true;
  const inner = object[key] ?? (inList ? [] : {});
  if (typeof inner !== 'object' || Array.isArray(inner) !== inList) return;
  object[key] = inner;
  put(inner as Fields, rest, value);
}

import { isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { oldestTaken, strictestOf } from '../defaults.ts';
import type { Edit, Path } from '../edits.ts';
import { goesUnasked, onlyLabels, pathOfWish, type Way, type Wish } from '../wish.ts';

type Setting = Extract<Edit, { op: 'set' }>;

const settingOf = (wish: Wish | undefined): Setting | undefined =>
  wish?.kind === 'edit' && wish.edit.op === 'set' && typeof wish.edit.value === 'string' ? wish.edit : undefined;

/**
 * What patterns of which any will do ask for, where they differ in one word of one place alone (`mode: SIMPLE`, `mode: MUTUAL`):
 * together they list the words, and which of them is meant is a choice. Any other patterns, and words of which one is known to be
 * the careful one, stay apart.
 */
export function joined(ways: readonly Way[]): readonly Way[] {
  const keys = ways.map((way) => new Set(way.map((wish) => JSON.stringify(wish))));
  const isShared = (wish: Wish): boolean => keys.every((key) => key.has(JSON.stringify(wish)));
  const settings = ways.map((way) => {
    const [only, ...more] = way.filter((wish) => !isShared(wish));
    return more.length === 0 ? settingOf(only) : undefined;
  });
  const [first] = settings;
  const where = first?.path.join('\0');
  if (!first || settings.some((setting) => setting?.path.join('\0') !== where)) return ways;
  const values = [...new Set(settings.map((setting) => String(setting?.value)))];
  const { path } = first;
  if (values.length < 2 || strictestOf(values) !== undefined || oldestTaken(path, values) !== undefined) return ways;
  return [[...(ways[0] ?? []).filter(isShared), { kind: 'choose', path, values }]];
}

/** What a pattern says of a place below where it begins, anchored or not; undefined where it says nothing there. */
function saysOf(pattern: Json | undefined, path: Path): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return pattern;
  if (typeof key === 'number') return Array.isArray(pattern) ? saysOf(pattern[0], rest) : undefined;
  if (!isObject(pattern)) return undefined;
  const written = Object.keys(pattern).find((other) => other.replace(/^[=+^<]?\((.*)\)$/, '$1') === key);
  return written === undefined ? undefined : saysOf(pattern[written], rest);
}

/**
 * The ways of patterns of which any will do without those that put something else in the place of what another pattern names and
 * takes: `value: ">=1000"`, or `value: "<1000"` and no preemption, says of a small value what comes with it. A right goes all the same,
 * and a label may be an exemption.
 */
export function meant(patterns: readonly Json[], ways: readonly Way[], object: Json, base: Path): readonly Way[] {
  const takes = (at: number, path: Path): boolean => {
    const said = saysOf(patterns[at], path.slice(base.length));
    const where = path.join('\0');
    return (
      said !== undefined && typeof said !== 'object' && !ways[at]?.some((wish) => pathOfWish(wish).join('\0') === where)
    );
  };
  const evades = (way: Way, own: number): boolean =>
    way.some((wish) => {
      if (wish.kind !== 'edit' || wish.edit.op !== 'set' || goesUnasked(wish.edit.path)) return false;
      const { path } = wish.edit;
      const now = valueAt(object, path);
      if (now === undefined || typeof now === 'object') return false;
      return ways.some((_, at) => at !== own && takes(at, path));
    });
  const kept = ways.filter((way, own) => !evades(way, own));
  return kept.some((way) => !onlyLabels(way)) ? kept : ways;
}

/**
 * Whether patterns of which any will do write different words into a place where nothing stands (`algorithm: RSA`, `algorithm:
 * Ed25519`): which one is meant nobody has said yet. Where something stands, the one that mends it goes first.
 */
export function writesOneOf(ways: readonly Way[], object: Json): boolean {
  const settings = ways.flatMap((way) => way.flatMap((wish) => settingOf(wish) ?? []));
  const byPlace = Map.groupBy(
    settings.filter(({ path }) => valueAt(object, path) === undefined),
    ({ path }) => path.join('\0'),
  );
  return [...byPlace.values()].some(([first, ...others]) => {
    const values = [...new Set([first, ...others].map((setting) => String(setting?.value)))];
    return first && values.length > 1 && strictestOf(values) === undefined && !oldestTaken(first.path, values);
  });
}

import { type Json, valueAt } from '../../../src/manifest/json.ts';
import { oldestTaken, strictestOf } from '../defaults.ts';
import type { Edit } from '../edits.ts';
import type { Way, Wish } from '../wish.ts';

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

import { valueAt } from '../../../src/manifest/json.ts';
import { saidFirst } from '../cel/ways.ts';
import { copiesLeft, type Way } from '../wish.ts';
import type { Reading } from './reading.ts';

/** Whether a way only writes some value into an empty place where another is content with any. */
function isInstance({ object }: Reading, [wish, ...more]: Way, ways: readonly Way[]): boolean {
  if (!wish || more.length > 0 || wish.kind !== 'edit' || wish.edit.op !== 'set') return false;
  const { path, value } = wish.edit;
  const isAny = ([other, ...rest]: Way): boolean =>
    other?.kind === 'present' && rest.length === 0 && other.pattern === '' && path.join('/') === other.path.join('/');
  return typeof value !== 'boolean' && valueAt(object, path) === undefined && ways.some(isAny);
}

/** Where a way brings nothing but a number or a time to zero; undefined for any other. */
function zeroed([wish, ...more]: Way): string | undefined {
  const edit = wish?.kind === 'edit' && more.length === 0 && wish.edit.op === 'set' ? wish.edit : undefined;
  return edit && /^0+(?:\.0+)?(?:%|[a-zA-Zµ]*)$/.test(String(edit.value)) ? edit.path.join('/') : undefined;
}

/** Whether a way turns off by a zero what another way keeps, and changes: `n > 0` says of what the rest is asked. */
function turnsOff(way: Way, ways: readonly Way[]): boolean {
  const path = zeroed(way);
  const keeps = ([wish, ...more]: Way): boolean =>
    wish?.kind === 'edit' && more.length === 0 && wish.edit.op === 'set' && wish.edit.path.join('/') === path;
  return path !== undefined && ways.some((other) => keeps(other) && zeroed(other) === undefined);
}

/** Whether a way only writes none as a share where another writes it as the count that stands there, or the other way round. */
function writesOther({ object }: Reading, way: Way, ways: readonly Way[]): boolean {
  const path = zeroed(way);
  const [wish] = way;
  if (path === undefined || wish?.kind !== 'edit' || wish.edit.op !== 'set') return false;
  const { edit } = wish;
  const like = (value: unknown): boolean => typeof value === typeof (valueAt(object, edit.path) ?? 0);
  const isSame = ([other, ...more]: Way): boolean =>
    other?.kind === 'edit' && more.length === 0 && other.edit.op === 'set' && like(other.edit.value);
  return !like(edit.value) && ways.some((other) => zeroed(other) === path && isSame(other));
}

/**
 * The ways out of a violation without those that only evade it. Where a rule looks at the other objects of a cluster, one copy of
 * several is such a way, and so are fewer where a condition that the rule passes is about others or not understood (`unsure`): what is asked of so many is asked of
 * another object.
 */
export function keptWays(reading: Reading, ways: readonly Way[], unsure?: true): Way[] {
  const found = ways.filter(
    (way) =>
      way.length > 0 && !isInstance(reading, way, ways) && !turnsOff(way, ways) && !writesOther(reading, way, ways),
  );
  const retreats = (way: Way): boolean => {
    const left = reading.inventory === undefined ? undefined : copiesLeft(way);
    return left !== undefined && (unsure === true || left <= 1);
  };
  return saidFirst(found.filter((way) => !retreats(way)));
}

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

/**
 * The ways out of a violation without those that only evade it. Where a rule looks at the other objects of a cluster and not all of
 * it is understood (`unsure`), fewer copies are such a way: what is asked of so many is asked of another object.
 */
export function keptWays(reading: Reading, ways: readonly Way[], unsure: boolean): Way[] {
  const found = ways.filter((way) => way.length > 0 && !isInstance(reading, way, ways));
  const ofOthers = unsure && reading.inventory !== undefined;
  return saidFirst(found.filter((way) => !(ofOthers && copiesLeft(way) !== undefined)));
}

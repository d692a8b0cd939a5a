import { workloadOf } from '../../src/evidence/relations.ts';
import type { View } from './view.ts';

const NAMES = new WeakMap<View, RegExp | undefined>();

/**
 * A line with a plain word for each name of several words that a workload or Service of the evidence has: what is called
 * `migration-hub` or `read-timeout-lab` tells of neither a migration nor a timeout.
 */
export function withoutNames(view: View, text: string): string {
  if (!NAMES.has(view))
    NAMES.set(view, severalWords(view.scene.objects.map(({ ref }) => workloadOf(view.scene, ref).name)));
  const names = NAMES.get(view);
  return names === undefined ? text : text.replace(names, 'name');
}

function severalWords(names: readonly string[]): RegExp | undefined {
  const several = new Set(names.filter((name) => /^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(name)).slice(0, 2000));
  if (several.size === 0) return undefined;
  const longestFirst = [...several].sort((a, b) => b.length - a.length);
  return new RegExp(`(?<![\\w-])(?:${longestFirst.join('|')})(?![\\w])`, 'g');
}

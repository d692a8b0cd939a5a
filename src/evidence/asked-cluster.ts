import { readCommand } from './command.ts';
import type { SceneObject } from './scene.ts';

/** The clusters that commands which showed an object asked, as far as flags say (`default` where none does); none without a command. */
function askedClusters({ sightings }: SceneObject): ReadonlySet<string> {
  return new Set(
    sightings.flatMap(({ item: { command } }) => (command ? [readCommand(command).cluster ?? 'default'] : [])),
  );
}

/** Whether two objects can be of one cluster: a command that asked the same one showed both, or none is known to have shown one of them. */
export function mayShareCluster(one: SceneObject, other: SceneObject): boolean {
  const [own, others] = [askedClusters(one), askedClusters(other)];
  return own.size === 0 || others.size === 0 || [...own].some((cluster) => others.has(cluster));
}

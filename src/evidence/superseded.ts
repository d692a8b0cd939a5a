import { at, text } from '../json.ts';
import { type ObjectRef, refKey } from './model.ts';
import { workloadOf } from './relations.ts';
import type { Scene, Sighting } from './scene.ts';

interface Listing {
  readonly pods: ReadonlyMap<string, { readonly ref: ObjectRef; readonly up: boolean }>;
  /** Of the source and in it, so that later listings compare greater. */
  readonly source: string;
  readonly line: number;
}

/** Rows that each run of a `kubectl get` showed, by its command, in the order of the transcript. */
function listings(scene: Scene): Map<string, Listing[]> {
  const rows = new Map<Sighting['item'], Map<string, { ref: ObjectRef; up: boolean }>>();
  for (const { ref, sightings } of scene.objects) {
    if (ref.kind !== 'Pod') continue;
    for (const { item, object, partial } of sightings) {
      if (!partial || item.command === undefined) continue;
      const known = rows.get(item) ?? new Map();
      rows.set(item, known);
      const [ready, total] = [at(object, 'row', 'ready'), at(object, 'row', 'total')];
      const up = text(at(object, 'row', 'status')) === 'Running' && ready === total;
      known.set(refKey(ref), { ref, up });
    }
  }
  const found = new Map<string, Listing[]>();
  for (const [{ command = '', source, lines }, pods] of rows) {
    const key = `${source.name} ${command.trim().replace(/\s+/g, ' ')}`;
    found.set(key, [...(found.get(key) ?? []), { pods, source: source.name, line: lines.from }]);
  }
  for (const runs of found.values()) runs.sort((a, b) => a.line - b.line);
  return found;
}

/**
 * The scene without pods that are gone: one that a command listed and the same command, run again later in the transcript, does
 * not, while all pods of its workload that it does list are up. What is shown of such a pod before that, or in other texts, is history.
 */
export function withoutSuperseded(scene: Scene): Scene {
  const goneAt = new Map<string, Listing>();
  for (const runs of listings(scene).values()) {
    const last = runs.at(-1);
    if (last === undefined) continue;
    for (const run of runs.slice(0, -1))
      for (const [key, { ref }] of run.pods) {
        if (last.pods.has(key)) continue;
        const workload = refKey(workloadOf(scene, ref));
        const heirs = [...last.pods.values()].filter((pod) => refKey(workloadOf(scene, pod.ref)) === workload);
        if (heirs.length > 0 && heirs.every(({ up }) => up)) goneAt.set(key, last);
      }
  }
  if (goneAt.size === 0) return scene;
  const isHistory = (ref: ObjectRef | undefined, item: Sighting['item']): boolean => {
    const gone = ref === undefined ? undefined : goneAt.get(refKey(ref));
    if (gone === undefined || ref === undefined) return false;
    if (gone.source === item.source.name) return item.lines.from < gone.line;
    // No pod comes back under a name that was made up for it; those of a StatefulSet do.
    return !/-\d{1,3}$/.test(ref.name);
  };
  return {
    ...scene,
    objects: scene.objects.filter(({ ref, sightings }) => !sightings.every(({ item }) => isHistory(ref, item))),
    events: scene.events.filter(({ object, item }) => !isHistory(object, item)),
    logs: scene.logs.filter(({ pod, item }) => !isHistory(pod, item)),
  };
}

import { at, text } from '../json.ts';
import { asksForAll, readCommand } from './command.ts';
import { type ObjectRef, refKey } from './model.ts';
import { workloadOf } from './relations.ts';
import type { Scene, Sighting } from './scene.ts';

interface Listing {
  readonly command: string;
  readonly pods: ReadonlyMap<string, { readonly ref: ObjectRef; readonly up: boolean }>;
  /** Of the source and in it, so that later listings compare greater. */
  readonly source: string;
  readonly line: number;
  /** The cluster that was asked, as far as the command says. */
  readonly cluster: string | undefined;
  /** Whether it would show a pod of the namespace, whatever it is called. */
  readonly shows: (namespace: string | undefined) => boolean;
}

/** What each run of a `kubectl get` showed of pods, in the order of the texts. */
function listings(scene: Scene): Listing[] {
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
  return [...rows].map(([{ command = '', source, lines }, pods]) => {
    const { namespace, allNamespaces, cluster } = readCommand(command);
    const shows = (asked: string | undefined) =>
      asksForAll(command) && asked !== undefined && (allNamespaces || asked === namespace);
    return {
      command: command.trim().replace(/\s+/g, ' '),
      pods,
      source: source.name,
      line: lines.from,
      cluster,
      shows,
    };
  });
}

/**
 * The scene without pods that are gone: one that was listed and that a later list of the transcript would show, but does not (the
 * same command run again, or all pods of its namespace), while all pods of its workload that it does list are up. What is shown
 * of such a pod before that, or in other texts, is history.
 */
export function withoutSuperseded(scene: Scene): Scene {
  const goneAt = new Map<string, Listing>();
  const all = listings(scene).sort((a, b) => a.line - b.line);
  for (const run of all)
    for (const [key, { ref }] of run.pods) {
      const last = all.findLast(
        (one) =>
          one.source === run.source &&
          one.cluster === run.cluster &&
          (one.command === run.command || one.shows(ref.namespace)),
      );
      if (last === undefined || last.line <= run.line || last.pods.has(key)) continue;
      const workload = refKey(workloadOf(scene, ref));
      const heirs = [...last.pods.values()].filter((pod) => refKey(workloadOf(scene, pod.ref)) === workload);
      if (heirs.length > 0 && heirs.every(({ up }) => up)) goneAt.set(key, last);
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

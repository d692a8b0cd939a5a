import { kindOf, WORKLOADS } from '../../src/evidence/kinds.ts';
import { type ObjectRef, refKey, sameObject } from '../../src/evidence/model.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { number } from '../../src/json.ts';
import { namespacesOf } from './target.ts';
import type { View } from './view.ts';

/** A name, perhaps behind a kind: `deployment catalog`. */
const NAMED = /(?<=(?:\b([a-z]+)[ /]+)?[`'"]?)(?<![\w.-])[a-z0-9][a-z0-9.-]*/gi;

function rowOf({ object }: SceneObject): { ready: number; total: number } | undefined {
  const row = (object.row ?? {}) as Record<string, unknown>;
  const status = (object.status ?? {}) as Record<string, unknown>;
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const ready = number(row.ready) ?? number(status.readyReplicas) ?? number(status.numberReady);
  const total = number(row.total) ?? number(spec.replicas) ?? number(status.desiredNumberScheduled);
  return ready === undefined || total === undefined ? undefined : { ready, total };
}

/** A workload that is seen, with how many of its pods are ready. */
export interface Seen {
  readonly ref: ObjectRef;
  readonly replicas: { readonly ready: number; readonly total: number };
  readonly source: SceneObject;
}

/** Workloads by their own objects, and those of which nothing but pods is seen. */
export function workloadsSeen(view: View): Seen[] {
  const stated = view.scene.objects.flatMap((source): Seen[] => {
    const replicas = WORKLOADS.includes(source.ref.kind) ? rowOf(source) : undefined;
    return replicas === undefined ? [] : [{ ref: source.ref, replicas, source }];
  });
  const byPods = Map.groupBy(
    view.pods.filter(({ completed }) => !completed),
    ({ ref }) => refKey(workloadOf(view.scene, ref)),
  );
  const alone = [...byPods.values()].flatMap(([first, ...rest]): Seen[] => {
    if (first === undefined) return [];
    const ref = workloadOf(view.scene, first.ref);
    if (!WORKLOADS.includes(ref.kind) || stated.some((one) => sameObject(one.ref, ref))) return [];
    const own = [first, ...rest];
    return [
      { ref, replicas: { ready: own.filter(({ ready }) => ready).length, total: own.length }, source: first.source },
    ];
  });
  return [...stated, ...alone];
}

/** Workloads that a question names; of namesakes the one of the namespace that it names, too. */
export function askedFor(question: string, view: View): Seen[] {
  const words = [...question.matchAll(NAMED)].map(([name, kind = '']) => ({ name, kind: kindOf(kind) }));
  const named = workloadsSeen(view).filter(({ ref }) =>
    words.some(({ name, kind = ref.kind }) => name === ref.name && (kind === ref.kind || !WORKLOADS.includes(kind))),
  );
  const spaces = namespacesOf({ question });
  const there = named.filter(({ ref }) => spaces.some(({ namespace }) => namespace === ref.namespace));
  return there.length > 0 ? there : named;
}

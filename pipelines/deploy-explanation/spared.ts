import { kindOf, WORKLOADS } from '../../src/evidence/kinds.ts';
import { type Citation, type ObjectRef, refKey, sameObject } from '../../src/evidence/model.ts';
import { neighbourhood, workloadOf } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { number } from '../../src/json.ts';
import { subjectOf } from './analyzers/startup/log-errors.ts';
import type { ExplainRequest, Finding } from './schema.ts';
import { namespacesOf } from './target.ts';
import { cite, citeAny, named, type View } from './view.ts';

/** A question whether something is wrong, which tells of no symptom of its own. */
export const WHETHER =
  /\b(?:any|some)thing (?:is )?wrong (?:with|in)\b|^\s*(?:is|are)\b[^?.]{0,80}\b(?:ok(?:ay)?|healthy|fine|all right|well|up)\b/i;
/** A name, perhaps behind a kind: `deployment catalog`. */
const NAMED = /(?<=(?:\b([a-z]+)[ /]+)?[`'"]?)(?<![\w.-])[a-z0-9][a-z0-9.-]*/gi;

/** What the asker is told of a workload that is well, beside others that are not. */
export interface Spared {
  readonly summary: string;
  readonly citations: readonly Citation[];
}

function rowOf({ object }: SceneObject): { ready: number; total: number } | undefined {
  const row = (object.row ?? {}) as Record<string, unknown>;
  const status = (object.status ?? {}) as Record<string, unknown>;
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const ready = number(row.ready) ?? number(status.readyReplicas) ?? number(status.numberReady);
  const total = number(row.total) ?? number(spec.replicas) ?? number(status.desiredNumberScheduled);
  return ready === undefined || total === undefined ? undefined : { ready, total };
}

interface Seen {
  readonly ref: ObjectRef;
  readonly replicas: { readonly ready: number; readonly total: number };
  readonly source: SceneObject;
}

/** Workloads by their own objects, and those of which nothing but pods is seen. */
function workloadsSeen(view: View): Seen[] {
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
function askedFor(question: string, view: View): Seen[] {
  const words = [...question.matchAll(NAMED)].map(([name, kind = '']) => ({ name, kind: kindOf(kind) }));
  const named = workloadsSeen(view).filter(({ ref }) =>
    words.some(({ name, kind = ref.kind }) => name === ref.name && (kind === ref.kind || !WORKLOADS.includes(kind))),
  );
  const spaces = namespacesOf({ question });
  const there = named.filter(({ ref }) => spaces.some(({ namespace }) => namespace === ref.namespace));
  return there.length > 0 ? there : named;
}

/**
 * Whether the question asks if something is wrong with one workload, by its name, which is up, of which no finding speaks and whose own
 * log, where there is one, has neither warnings nor errors. Then that others are broken is no answer to it. Undefined otherwise.
 */
export function spared(
  { question = '' }: Pick<ExplainRequest, 'question'>,
  view: View,
  findings: readonly Finding[],
  roots: readonly Finding[],
): Spared | undefined {
  if (!WHETHER.test(question) || roots.length === 0) return undefined;
  const asked = askedFor(question, view);
  const [workload, ...others] = asked;
  if (workload === undefined || others.length > 0) return undefined;
  const { ref, replicas } = workload;
  if (replicas.ready === 0 || replicas.ready < replicas.total) return undefined;
  // What stands before it, and what is called as it is, is meant with it.
  const around = neighbourhood(view.scene, view.pods, [ref]);
  const meant = (one: ObjectRef) =>
    around.some((own) => sameObject(own, one)) || sameObject({ ...one, kind: ref.kind }, ref);
  const touches = findings.some(({ object, involves }) => [object, ...involves].some(meant));
  const pods = view.pods.filter((pod) => sameObject(workloadOf(view.scene, pod.ref), ref));
  const logs = view.scene.logs.filter((log) => {
    const subject = subjectOf(view, log);
    return subject !== undefined && sameObject(subject, ref);
  });
  const quiet = logs.every(({ lines }) =>
    lines.every(({ level }) => level === undefined || /^(?:info|debug)$/.test(level)),
  );
  if (touches || logs.length === 0 || !quiet || pods.some(({ ready, completed }) => !ready && !completed))
    return undefined;
  const elsewhere = roots.map(({ summary }) => summary).slice(0, 2);
  return {
    summary: `${named(ref)} is up (${replicas.ready} of ${replicas.total} ready), and nothing in the evidence speaks against it. Beside it: ${elsewhere.join('; ')}.`,
    citations: [cite(workload.source, ref.name) ?? citeAny(workload.source) ?? [], roots[0]?.citations ?? []].flat(),
  };
}

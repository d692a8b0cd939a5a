import { WORKLOADS } from '../../src/evidence/kinds.ts';
import { type Citation, inOtherNamespace, type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import { neighbourhood, workloadOf } from '../../src/evidence/relations.ts';
import type { SceneLog } from '../../src/evidence/scene.ts';
import { troubled } from '../../src/evidence/status/words.ts';
import { distance } from '../../src/nearest.ts';
import { subjectOf } from './analyzers/startup/log-errors.ts';
import { askedFor } from './asked-workloads.ts';
import type { Fact } from './facts.ts';
import type { ExplainRequest, Finding } from './schema.ts';
import { namespacesOf } from './target.ts';
import { cite, citeAny, named, type View } from './view.ts';

/** A question whether something is wrong, which tells of no symptom of its own. */
export const WHETHER =
  /\b(?:any|some)thing (?:is )?wrong (?:with|in)\b|^\s*(?:is|are)\b[^?.]{0,80}\b(?:ok(?:ay)?|healthy|fine|all right|well|up)\b/i;
/** What the asker is told of a workload that is well, beside others that are not. */
export interface Spared {
  readonly summary: string;
  readonly citations: readonly Citation[];
}

/** Whether all that is broken lies in other namespaces than a workload, whose logs name none of it. */
function isElsewhere({ namespace }: ObjectRef, roots: readonly Finding[], logs: readonly SceneLog[]): boolean {
  const refs = roots.flatMap(({ object, involves }) => [object, ...involves]);
  const away = refs.every((ref) => ref.namespace !== undefined && ref.namespace !== namespace);
  return (
    namespace !== undefined &&
    away &&
    !logs.some(({ lines }) => lines.some(({ raw }) => refs.some(({ name }) => raw.includes(name))))
  );
}

/** A question that tells what is wrong: who asks so of what is well may have meant the other. */
const SYMPTOM =
  /\b(?:crash\w*|down|broken|stuck|pending|restart\w*|evict\w*|oom\w*|slow\w*|[45]\d\d|[45]xx|time-?outs?|hangs?|unavailable|not (?:ready|running|starting|working|coming up|respond\w*)|(?:won't|doesn't|does not|isn't|cannot|can't)|keeps?)\b/i;

/** Words of a name so short (letters) set siblings apart: `shop-fe` and `shop-be`, `worker-a` and `worker-b`. */
const SHORT = 3;

/** Whether names are of two that are meant to differ: in one of their words, which is short in both, or in a number. */
function areSiblings(one: string, other: string): boolean {
  const [own, others] = [one.split('-'), other.split('-')];
  const apart = own.flatMap((word, index) => (word === others[index] ? [] : [[word, others[index] ?? '']]));
  return (
    own.length > 1 &&
    own.length === others.length &&
    apart.length === 1 &&
    apart.flat().every((word) => word.length <= SHORT || /\d$/.test(word))
  );
}

/** So many letters apart (or one for every four) people take one name for the other. */
const ALIKE = 2;

/**
 * Whether all that is broken are workloads with nearly the name of the one that the question names, or with its name in another namespace
 * than the one that the question says.
 */
function isNamesakes(asked: ObjectRef, question: string, roots: readonly Finding[], view: View): boolean {
  const placed = namespacesOf({ question }).some(({ namespace }) => namespace === asked.namespace);
  // Who says the namespace as well means this one.
  if (!placed && (SYMPTOM.test(question) || troubled(question.replaceAll(/\bwrong\b/gi, '')))) return false;
  return roots.every(({ object }) => {
    const ref = workloadOf(view.scene, object);
    const apart = distance(ref.name, asked.name);
    if (apart === 0) return placed && inOtherNamespace(ref, asked);
    return (
      WORKLOADS.includes(ref.kind) &&
      !areSiblings(ref.name, asked.name) &&
      apart <= Math.min(ALIKE, Math.floor(asked.name.length / 4))
    );
  });
}

/**
 * Whether the question asks if something is wrong with one workload, by its name, which is up, of which no finding speaks and whose own
 * log, where there is one, has neither warnings nor errors (or names nothing of what is broken, all of it in other namespaces); or asks for a fact of such a workload;
 * or asks anything of one with which nothing but a workload of nearly the same name, or of its name in another namespace, is mixed up. Then that others are broken is no answer to it. Undefined otherwise.
 */
export function spared(
  { question = '' }: Pick<ExplainRequest, 'question'>,
  view: View,
  findings: readonly Finding[],
  roots: readonly Finding[],
  fact: Fact | undefined,
): Spared | undefined {
  if (roots.length === 0) return undefined;
  const asked = askedFor(question, view);
  const [workload, ...others] = asked;
  if (workload === undefined || others.length > 0) return undefined;
  const { ref, replicas } = workload;
  if (!WHETHER.test(question) && fact?.of === undefined && !isNamesakes(ref, question, roots, view)) return undefined;
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
  if (
    touches ||
    (logs.length === 0 && fact === undefined) ||
    (!quiet && !isElsewhere(ref, roots, logs)) ||
    pods.some(({ ready, completed }) => !ready && !completed)
  )
    return undefined;
  const elsewhere = roots.map(({ summary }) => summary).slice(0, 2);
  if (fact !== undefined)
    return {
      summary: `${fact.summary} Beside it: ${elsewhere.join('; ')}.`,
      citations: [...fact.citations, ...(roots[0]?.citations ?? [])],
    };
  return {
    summary: `${named(ref)} is up (${replicas.ready} of ${replicas.total} ready), and nothing in the evidence speaks against it. Beside it: ${elsewhere.join('; ')}.`,
    citations: [cite(workload.source, ref.name) ?? citeAny(workload.source) ?? [], roots[0]?.citations ?? []].flat(),
  };
}

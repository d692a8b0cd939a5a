import { madeConnections } from '../../src/evidence/checks.ts';
import { citeLines } from '../../src/evidence/cite.ts';
import { workDone } from '../../src/evidence/job-at-work.ts';
import { WORKLOADS } from '../../src/evidence/kinds.ts';
import { type Citation, sameObject } from '../../src/evidence/model.ts';
import { isReady } from '../../src/evidence/placement.ts';
import { type PodView, triedAgain } from '../../src/evidence/pods.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { judge } from '../../src/evidence/status/judge.ts';
import { at, number, text } from '../../src/json.ts';
import { isCustom } from './analyzers/custom/own-words.ts';
import { endedByEviction } from './analyzers/running/pod-evicted.ts';
import { doneIn } from './output-health.ts';
import type { ExplainRequest } from './schema.ts';
import { WHETHER } from './spared.ts';
import { cite, citeAny, named, type View } from './view.ts';

/** What the state of things says when no analyzer found anything. */
export interface Health {
  readonly verdict: 'healthy' | 'progressing' | 'unknown';
  readonly summary: string;
  readonly citations: Citation[];
}

/** What is said of nodes where the question is whether they are well, or asks a `fact` of them, and nothing else tells how things are. */
export function nodesWell(
  { question = '' }: Pick<ExplainRequest, 'question'>,
  view: View,
  fact: boolean,
): Health | undefined {
  const seen = view.scene.objects.filter(({ ref }) => ref.kind === 'Node');
  const words = new Set(question.match(/[a-z0-9][a-z0-9.-]*/gi));
  const asked = seen.filter(({ ref }) => words.has(ref.name));
  const nodes = asked.length > 0 ? asked : seen;
  const ready = nodes.filter(({ object }) => isReady(object));
  // Who asks why a node is not ready that is, is told so.
  if (
    (!WHETHER.test(question) && !fact && !(asked.length > 0 && /\bnot ?ready\b|\bdown\b|\bdead\b/i.test(question))) ||
    !/\bnodes?\b/i.test(question) ||
    nodes.length === 0 ||
    ready.length < nodes.length
  )
    return undefined;
  return {
    verdict: 'healthy',
    summary:
      asked.length > 0
        ? `${asked.map(({ ref }) => named(ref)).join(', ')} ${asked.length === 1 ? 'is' : 'are'} ready.`
        : `All nodes that the evidence shows (${nodes.length}) are ready.`,
    citations: nodes.slice(0, 6).flatMap((node) => citeAny(node) ?? []),
  };
}

/** A rollout younger than this (Kubernetes' default progress deadline, in seconds) may still become ready by itself. */
const PROGRESS_DEADLINE = 600;

interface Readiness {
  readonly ready: number;
  readonly desired: number;
  readonly young: boolean;
  /** Whether anything of its state is in the evidence; a bare manifest says only what is wanted. */
  readonly seen: boolean;
  /** Whether a new version is being rolled out. */
  readonly updating: boolean;
}

function ready(view: View, workload: SceneObject): Readiness {
  // A DaemonSet counts nodes.
  const nodes = number(at(workload.object, 'status', 'desiredNumberScheduled'));
  const desired = nodes ?? number(at(workload.object, 'spec', 'replicas')) ?? 1;
  const own = view.pods.filter((pod) => sameObject(workloadOf(view.scene, pod.ref), workload.ref));
  const byPods = own.filter((pod) => pod.ready).length;
  const stated =
    number(at(workload.object, 'status', 'readyReplicas')) ??
    number(at(workload.object, 'status', 'availableReplicas')) ??
    number(at(workload.object, 'status', 'numberReady')) ??
    0;
  const age = number(workload.object.age) ?? Number.POSITIVE_INFINITY;
  const seen = own.length > 0 || at(workload.object, 'status') !== undefined;
  // Old pods serve until the new ones do: the update is under way although enough pods are ready.
  const updated =
    number(at(workload.object, 'status', 'updatedReplicas')) ??
    (nodes === undefined || at(workload.object, 'spec', 'updateStrategy', 'type') === 'OnDelete'
      ? undefined
      : number(at(workload.object, 'status', 'updatedNumberScheduled')));
  const available = number(at(workload.object, 'status', 'availableReplicas')) ?? 0;
  const all = number(at(workload.object, 'status', 'replicas')) ?? 0;
  const updating = updated !== undefined && (updated < desired || available < all);
  return { ready: Math.max(byPods, stated), desired, young: age < PROGRESS_DEADLINE, seen, updating };
}

/** Whether a pod was evicted long ago, and another of its workload is ready: what is left of it is a row. */
function isMadeUpFor(view: View, pod: PodView): boolean {
  const workload = workloadOf(view.scene, pod.ref);
  return (
    (pod.rowStatus === 'Evicted' || endedByEviction(view, pod)) &&
    view.pods.some((other) => other.ready && sameObject(workloadOf(view.scene, other.ref), workload))
  );
}

/** Whether a pod is on its way out, and another of its workload is ready. */
function isLeaving(view: View, pod: PodView): boolean {
  const workload = workloadOf(view.scene, pod.ref);
  return (
    pod.rowStatus === 'Terminating' &&
    view.pods.some((other) => other.ready && sameObject(workloadOf(view.scene, other.ref), workload))
  );
}

/** Whether a Job has a pod that runs: beside what serves it is everyday, by itself it is work that is not done yet. */
function isAtWork(view: View, job: SceneObject): boolean {
  const own = view.pods.filter(({ ref }) => sameObject(workloadOf(view.scene, ref), job.ref));
  return (number(at(job.object, 'status', 'active')) ?? 0) > 0 || own.some(({ phase }) => phase === 'Running');
}

/** Whether a resource is known by what its status says, and not by its pods: a Job or Rollout of another group counts none. */
function tellsItself({ ref, object }: SceneObject): boolean {
  if (ref.kind === 'AnalysisRun') return true;
  if (!isCustom(ref) || ref.kind === 'DaemonSet') return false;
  const counts = ['replicas', 'readyReplicas', 'availableReplicas'].some(
    (key) => at(object, 'status', key) !== undefined,
  );
  return !(WORKLOADS.includes(ref.kind) && counts);
}

/** Reads health from the state seen: everything up, still coming up, or not enough seen to say. */
export function healthOf(view: View): Health {
  const citations: Citation[] = [];
  const keep = (citation: Citation | undefined) => {
    if (citation !== undefined && citations.length < 6) citations.push(citation);
  };
  const workloads = view.scene.objects.filter(
    (source) =>
      WORKLOADS.includes(source.ref.kind) &&
      source.ref.kind !== 'ReplicaSet' &&
      source.object.spec !== undefined &&
      !tellsItself(source),
  );
  const onlyJobs =
    workloads.every(({ ref }) => ref.kind === 'Job') &&
    view.pods.every(({ ref }) => workloads.some((own) => sameObject(own.ref, workloadOf(view.scene, ref))));
  const waiting: string[] = [];
  const held: string[] = [];
  let good = 0;
  for (const workload of workloads) {
    if (/Job$/.test(workload.ref.kind)) {
      const work = workDone(workload);
      if (work !== undefined && (work.all > 1 || onlyJobs))
        waiting.push(`${named(workload.ref)} is at work (${work.done} of ${work.all} done)`);
      else if ((number(at(workload.object, 'status', 'succeeded')) ?? 0) > 0) good++;
      else if (onlyJobs && isAtWork(view, workload)) waiting.push(`${named(workload.ref)} is at work`);
      continue;
    }
    const state = ready(view, workload);
    if (state.desired === 0 || !state.seen) continue;
    if (state.ready >= state.desired && state.updating) {
      waiting.push(`${named(workload.ref)} is being updated`);
    } else if (state.ready >= state.desired) {
      good++;
      keep(cite(workload, /Replicas:\s|readyReplicas|"readyReplicas"/) ?? citeAny(workload));
    } else waiting.push(`${named(workload.ref)} has ${state.ready} of ${state.desired} pods ready`);
  }
  for (const pod of view.pods) {
    if (pod.ready || pod.completed || triedAgain(view.pods, pod)) {
      good++;
      keep(
        cite(pod.source, /Ready:\s+True|ready: true|"ready": true|\bRunning\b|\bCompleted\b/) ?? citeAny(pod.source),
      );
    } else if (
      (pod.phase !== '' || pod.rowStatus !== undefined) &&
      !isMadeUpFor(view, pod) &&
      !isLeaving(view, pod) &&
      !workloads.some(
        (workload) =>
          sameObject(workload.ref, workloadOf(view.scene, pod.ref)) &&
          ready(view, workload).ready >= ready(view, workload).desired,
      )
    )
      waiting.push(`${named(pod.ref)} is ${pod.rowStatus ?? (pod.phase || 'not ready')}`);
  }
  for (const app of view.scene.objects.filter(({ ref }) => ref.kind === 'Application')) {
    const health = text(at(app.object, 'status', 'health', 'status'));
    if (health === 'Healthy') {
      good++;
      keep(cite(app, /Healthy/));
    } else if (health === 'Progressing') waiting.push(`${named(app.ref)} is Progressing`);
    else if (health === 'Suspended') held.push(`${named(app.ref)} (its health is Suspended)`);
  }
  for (const node of view.scene.objects.filter(({ ref }) => ref.kind === 'Node'))
    keep(citations.length === 0 ? citeAny(node) : undefined);
  for (const source of view.scene.objects) {
    const judgement = tellsItself(source) ? judge(source.object) : undefined;
    const [first] = judgement?.because ?? [];
    if (judgement === undefined || first === undefined || judgement.is === 'unwell') continue;
    const citation = first.needles.flatMap((needle) => cite(source, needle) ?? [])[0];
    if (judgement.is === 'under-way')
      waiting.push(`${named(source.ref)} says: ${first.says.slice(0, 200).replace(/\.$/, '')}`);
    else good++;
    if (judgement.is === 'held') held.push(`${named(source.ref)} (${first.says.slice(0, 100)})`);
    keep(citation);
  }
  // A request for a certificate has its answer in its status; until somebody approves and signs it, it waits.
  for (const request of view.scene.objects.filter(({ ref }) => ref.kind === 'CertificateSigningRequest')) {
    const signed = text(at(request.object, 'status', 'certificate')) ?? '';
    if (signed !== '') good++;
    else if (typeof at(request.object, 'status') === 'object')
      waiting.push(`${named(request.ref)} has no certificate yet`);
    keep(cite(request, /certificate:|Approved/) ?? citeAny(request));
  }
  for (const { item } of madeConnections(view.scene)) {
    good++;
    keep(citeLines(item, 0));
  }
  for (const citation of doneIn(view)) {
    good++;
    keep(citation);
  }
  if (waiting.length > 0)
    return {
      verdict: 'progressing',
      summary: `Nothing has failed; it is still coming up: ${waiting.slice(0, 3).join('; ')}.`,
      citations,
    };
  if (good > 0 || held.length > 0)
    return {
      verdict: 'healthy',
      summary:
        held.length === 0
          ? 'Nothing is broken here: everything that the evidence shows is up and ready.'
          : `Nothing is broken here. Held by somebody: ${held.slice(0, 3).join('; ')}.`,
      citations,
    };
  return { verdict: 'unknown', summary: 'The evidence does not say what is wrong.', citations };
}

import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { fitsLabels, hasLabels } from '../../../../src/evidence/placement.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, podSpecOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asObject, at, type Json, strings, text } from '../../../../src/json.ts';
import type { Remedy } from '../../schema.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft } from '../analyzer.ts';

/** One reason why the scheduler finds no node: a clause of its `0/3 nodes are available: …` message. */
export interface SchedulingKind {
  readonly kind: string;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly clause: RegExp;
  readonly confidence: number;
  readonly aspects?: Analyzer['aspects'];
  readonly aspect?: (match: RegExpExecArray) => string;
  readonly field?: string;
  /** A clause that says less than another of its kind in the same message, however many nodes it excludes. */
  readonly least?: (match: RegExpExecArray) => boolean;
  /** Added to the confidence for what the pod itself asks for. */
  readonly favour?: (match: RegExpExecArray, pod: PodView, message: string, view: View) => number;
  /** A kind that only counts when the pod asks for it (a node selector, an affinity). */
  readonly applies?: (pod: PodView, message: string, view: View) => boolean;
  readonly says: (match: RegExpExecArray, pod: PodView, view: View) => string;
  /** What pods and nodes themselves show where the scheduler's events have expired. */
  readonly unsaid?: (pod: PodView, view: View) => Unsaid | undefined;
  readonly object?: (match: RegExpExecArray, pod: PodView, view: View) => ObjectRef | undefined;
  readonly remedies: (match: RegExpExecArray, pod: PodView, view: View) => readonly Remedy[];
}

/** Why no node takes a pod, as its spec and the nodes show it. */
export interface Unsaid {
  readonly says: string;
  /** What stands in the pod or its workload, to be cited. */
  readonly shown: string | RegExp;
  readonly object?: ObjectRef;
  readonly nodes?: readonly SceneObject[];
}

/** How many nodes a clause excludes; the clause that excludes most is the likeliest reason. */
export function excluded(message: string, match: RegExpExecArray): number {
  const before = message.slice(0, match.index);
  return Number(/(\d+) (?:node\(s\) )?(?:had |has )?$/.exec(before)?.[1] ?? /^(\d+) /.exec(match[0])?.[1] ?? 1);
}

/** Of the clauses of one kind in a message the one that tells most: of taints the scheduler names each by itself. */
function tellingClause({ clause, least }: SchedulingKind, said: string): RegExpExecArray | undefined {
  const rank = (match: RegExpExecArray) => excluded(said, match) - (least?.(match) ? 1e6 : 0);
  return [...said.matchAll(new RegExp(clause, `${clause.flags}g`))].sort((a, b) => rank(b) - rank(a))[0];
}

/**
 * Clauses of filters that are asked only about nodes whose taints and labels fit (the order of the scheduler's filters: taints, node
 * affinity, ports, resources, volumes, topology spread, pod affinity): where one is said, some node has what the pod selects.
 */
const FITS_OTHERWISE =
  /\d Insufficient |Too many pods|have free ports|exceed max volume count|volume node affinity conflict|topology spread constraints|didn't (?:match|satisfy) (?:existing )?pods?'? (?:anti-)?affinity/;

/** Whether the scheduler says of some node that its taints and labels fit, and that something else keeps the pod off it. */
export function someNodeFits(message: string): boolean {
  return FITS_OTHERWISE.test(message);
}

/** The node selector of a pod: its own, or that of its workload's template where only a row of the pod is seen. */
export function nodeSelectorOf(pod: PodView, view: View): Record<string, string> {
  return strings(podSpecOf(view.scene, pod.source).nodeSelector);
}

/** The pod with all of its spec that the evidence shows. */
export function wholePod(pod: PodView, view: View): Json {
  return { ...pod.source.object, spec: podSpecOf(view.scene, pod.source) };
}

/** Taints of nodes that are there for no pods, which say nothing of what else keeps a pod from the others. */
const OTHER_TAINT = /untolerated taint(?:\(s\))? \{(?!node-role\.kubernetes\.io\/|node\.kubernetes\.io\/)/;

/**
 * Whether it can only be a node affinity that excludes the nodes: `kubectl describe`, which shows none, is all that is seen of the pod, and
 * shows that it has no node selector; and no taint may stand before it.
 */
export function affinityUnseen(pod: PodView, message: string, view: View): boolean {
  const { nodeSelector, schedulerName, dnsPolicy } = asObject(wholePod(pod, view).spec);
  return (
    nodeSelector !== undefined &&
    Object.keys(asObject(nodeSelector)).length === 0 &&
    schedulerName === undefined &&
    dnsPolicy === undefined &&
    /didn't match Pod's node affinity\/selector/.test(message) &&
    !OTHER_TAINT.test(message)
  );
}

/**
 * Of which nodes it was told that their labels do not fit. The scheduler looks at taints first and at no label of a node that it has turned
 * down: where no node's labels are seen, those behind a taint may have them.
 */
export function comparedNodes({ input }: RegExpExecArray, view: View): string {
  const kept = OTHER_TAINT.test(input);
  const seen = workersOf(view);
  return kept && !(seen.length > 0 && seen.every(({ object }) => hasLabels(object)))
    ? 'no node whose taints it tolerates'
    : 'no node';
}

/** Nodes that are there for work: those of the control plane are kept free on purpose. */
export function workersOf(view: View): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref, object }) =>
      ref.kind === 'Node' &&
      !/control-plane|master/.test(
        `${Object.keys(strings(at(object, 'metadata', 'labels')))} ${JSON.stringify(object.row ?? '')}`,
      ),
  );
}

/** Nodes of the evidence that have the labels which the pod asks for. */
export function labelledFor(pod: PodView, view: View): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref, object }) => ref.kind === 'Node' && hasLabels(object) && fitsLabels(object, wholePod(pod, view)),
  );
}

/** The scheduler's message about a pod: from its events, or its PodScheduled condition. */
function unschedulable(view: View, pod: PodView): { text: string; cite: () => Draft['citations'][number] } | undefined {
  const said = about(view, pod.ref).filter(
    (message) =>
      message.reason === 'FailedScheduling' ||
      message.reason === 'Unschedulable' ||
      message.reason === 'SchedulingGated' ||
      /nodes are available|pod has unbound|persistentvolumeclaim "/.test(message.text),
  );
  // One that makes nodes (Karpenter) speaks of its pools under the same reason; the scheduler itself speaks of the nodes.
  return said.find(({ text }) => /nodes are available/.test(text)) ?? said[0];
}

export function schedulingAnalyzer(definition: SchedulingKind): Analyzer {
  return {
    kind: definition.kind,
    stage: 'scheduling',
    depth: DEPTH.scheduling,
    title: definition.title,
    about: definition.about,
    remedy: definition.remedy,
    ...(definition.aspects === undefined ? {} : { aspects: definition.aspects }),
    find: (view) =>
      view.pods.flatMap((pod): Draft[] => {
        if (pod.ready || pod.completed || text(at(pod.source.object, 'spec', 'nodeName')) !== undefined) return [];
        const message = unschedulable(view, pod);
        if (message === undefined) return unsaid(definition, pod, view);
        const said = message?.text.split(/ preemption: /)[0] ?? '';
        const match = tellingClause(definition, said);
        if (match === undefined || !(definition.applies?.(pod, said, view) ?? true)) return [];
        const total = Number(/0\/(\d+) nodes/.exec(said)?.[1] ?? 1);
        const workload = changeable(view, pod);
        // Each pod of a DaemonSet is bound to one node by an affinity of its own: that it excludes the others says nothing.
        const bound = workload.kind === 'DaemonSet';
        if (bound && /affinity/.test(match[0]) && excluded(said, match) === total - 1) return [];
        const share = bound ? 1 : Math.min(1, excluded(said, match) / Math.max(1, total));
        const object =
          definition.object?.(match, pod, view) ??
          (definition.field === undefined
            ? workload
            : {
                ...workload,
                path: workload.kind === 'Pod' ? `spec.${definition.field}` : `spec.template.spec.${definition.field}`,
              });
        const { path: _, ...bare } = workload;
        const aspect = definition.aspect?.(match);
        return [
          {
            object,
            ...(aspect === undefined ? {} : { aspect }),
            summary: `${named(bare)} is Pending: no node fits; ${definition.says(match, pod, view)}`,
            confidence:
              Math.round(
                (definition.confidence - 0.15 * (1 - share) + (definition.favour?.(match, pod, said, view) ?? 0)) * 100,
              ) / 100,
            severity: 'failed',
            citations: [
              message.cite(),
              selectorCitation(pod, definition.field),
              cite(findObject(view.scene, object), object.name),
              citeAny(pod.source),
            ],
            involves: [bare, pod.ref],
            remedies: definition.remedies(match, pod, view),
          },
        ];
      }),
  };
}

/** A pod that waits for a node, of which neither an event nor a condition says why. */
function unsaid(definition: SchedulingKind, pod: PodView, view: View): Draft[] {
  if (pod.phase !== 'Pending' && pod.rowStatus !== 'Pending') return [];
  const found = definition.unsaid?.(pod, view);
  if (found === undefined) return [];
  const { path: _, ...workload } = changeable(view, pod);
  const { field } = definition;
  const path =
    field === undefined ? {} : { path: workload.kind === 'Pod' ? `spec.${field}` : `spec.template.spec.${field}` };
  return [
    {
      object: found.object ?? { ...workload, ...path },
      summary: `${named(workload)} is Pending, and no event says why: ${found.says}`,
      confidence: 0.8,
      severity: 'failed',
      citations: [
        cite(pod.source, found.shown) ?? cite(findObject(view.scene, workload), found.shown),
        citeAny(pod.source),
        ...(found.nodes ?? []).slice(0, 2).map((node) => citeAny(node)),
      ],
      involves: [workload, pod.ref],
      remedies: [change(definition.remedy.replace(/\.$/, ''), 'medium')],
    },
  ];
}

function selectorCitation(pod: PodView, field: string | undefined): Draft['citations'][number] {
  if (field === 'nodeSelector') return cite(pod.source, /Node-Selectors:|nodeSelector/);
  return field === 'containers' ? cite(pod.source, /Requests:|requests:/) : undefined;
}

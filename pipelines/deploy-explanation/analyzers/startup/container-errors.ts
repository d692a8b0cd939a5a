import type { Message } from '../../../../src/evidence/messages.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { ContainerView, PodView } from '../../../../src/evidence/pods.ts';
import type { Remedy } from '../../schema.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft } from '../analyzer.ts';

/** A failure that the kubelet or the container runtime reports about a pod before its program runs. */
export interface ContainerKind {
  readonly kind: string;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly depth?: number;
  readonly pattern: RegExp;
  readonly except?: RegExp;
  /** By message where messages tell more or less: the most telling one counts. */
  readonly confidence: number | ((message: Message) => number);
  readonly aspects?: Analyzer['aspects'];
  readonly aspect?: (match: RegExpExecArray, message: Message) => string | undefined;
  readonly says: (match: RegExpExecArray, message: Message, pod: PodView) => string;
  readonly object?: (match: RegExpExecArray, pod: PodView, view: View) => ObjectRef | undefined;
  readonly field?: string;
  readonly remedies: (match: RegExpExecArray, pod: PodView, message: Message, view: View) => readonly Remedy[];
}

function containerOf(pod: PodView, message: Message): ContainerView | undefined {
  return (
    pod.containers.find(
      (c) =>
        c.waiting?.message === message.text ||
        c.last?.message === message.text ||
        c.terminated?.message === message.text,
    ) ??
    pod.containers.find((c) => c.name !== '' && message.text.includes(c.name)) ??
    pod.containers.find((c) => !c.ready) ??
    pod.containers[0]
  );
}

/** An analyzer over kubelet and runtime messages of pods that do not work now. */
export function containerAnalyzer(definition: ContainerKind): Analyzer {
  const confidence = (message: Message): number =>
    typeof definition.confidence === 'number' ? definition.confidence : definition.confidence(message);
  return {
    kind: definition.kind,
    stage: 'startup',
    depth: definition.depth ?? DEPTH.config,
    title: definition.title,
    about: definition.about,
    remedy: definition.remedy,
    ...(definition.aspects === undefined ? {} : { aspects: definition.aspects }),
    find: (view) =>
      view.troubled.flatMap((pod): Draft[] => {
        const [best] = about(view, pod.ref)
          .flatMap((message) => {
            const match = definition.pattern.exec(message.text);
            return match === null || (definition.except?.test(message.text) ?? false)
              ? []
              : [{ match, message, confidence: confidence(message) }];
          })
          .sort((one, other) => other.confidence - one.confidence);
        if (best === undefined) return [];
        const { match, message } = best;
        const container = containerOf(pod, message);
        const workload = changeable(view, pod, container?.name, definition.field);
        const object = definition.object?.(match, pod, view) ?? workload;
        const { path: _, ...bare } = workload;
        const aspect = definition.aspect?.(match, message);
        return [
          {
            object,
            ...(aspect === undefined ? {} : { aspect }),
            summary: `${named(bare)} cannot start: ${definition.says(match, message, pod)}`,
            confidence: best.confidence,
            severity: 'failed',
            citations: [
              message.cite(),
              cite(
                pod.source,
                /CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff|ContainerCreating|StartError/,
              ) ?? citeAny(pod.source),
            ],
            involves: [bare, pod.ref],
            remedies: definition.remedies(match, pod, message, view),
          },
        ];
      }),
  };
}

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
  readonly confidence: number;
  readonly says: (match: RegExpExecArray, message: Message, pod: PodView) => string;
  readonly object?: (match: RegExpExecArray, pod: PodView, view: View) => ObjectRef | undefined;
  readonly field?: string;
  readonly remedies: (match: RegExpExecArray, pod: PodView) => readonly Remedy[];
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
  return {
    kind: definition.kind,
    stage: 'startup',
    depth: definition.depth ?? DEPTH.config,
    title: definition.title,
    about: definition.about,
    remedy: definition.remedy,
    find: (view) =>
      view.troubled.flatMap((pod): Draft[] => {
        for (const message of about(view, pod.ref)) {
          const match = definition.pattern.exec(message.text);
          if (match === null || (definition.except?.test(message.text) ?? false)) continue;
          const container = containerOf(pod, message);
          const workload = changeable(view, pod, container?.name, definition.field);
          const object = definition.object?.(match, pod, view) ?? workload;
          const { path: _, ...bare } = workload;
          return [
            {
              object,
              summary: `${named(bare)} cannot start: ${definition.says(match, message, pod)}`,
              confidence: definition.confidence,
              severity: 'failed',
              citations: [
                message.cite(),
                cite(
                  pod.source,
                  /CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff|ContainerCreating|StartError/,
                ) ?? citeAny(pod.source),
              ],
              involves: [bare, pod.ref],
              remedies: definition.remedies(match, pod),
            },
          ];
        }
        return [];
      }),
  };
}

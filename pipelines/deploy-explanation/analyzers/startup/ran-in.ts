import { execOf } from '../../../../src/evidence/command.ts';
import type { EvidenceItem, ObjectRef } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { View } from '../../view.ts';
import { podOf } from './log-errors.ts';

/** The workload in whose pod a command ran (`kubectl exec`); undefined for one that ran elsewhere. */
export function ranIn(view: View, { command = '' }: EvidenceItem): ObjectRef | undefined {
  const target = execOf(command)?.target;
  return target === undefined ? undefined : workloadOf(view.scene, podOf(view, target)?.ref ?? target);
}

/** Whom a client asked: the workload in whose pod it ran, else the output itself. */
export const whoAnswered = (view: View, item: EvidenceItem): ObjectRef =>
  ranIn(view, item) ?? { kind: 'Output', name: item.source.name };

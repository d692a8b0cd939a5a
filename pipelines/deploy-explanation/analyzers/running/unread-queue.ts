import { variablesOf } from '../../../../src/evidence/calls.ts';
import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { idleQueuesIn } from '../../../../src/evidence/idle-queues.ts';
import { templateSpecOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, number, objects, strings } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';

/** Words that a workload is told: values of its variables, its arguments (`--queue=x`), its labels. */
function toldTo(view: View, workload: SceneObject): Set<string> {
  const containers = objects(at(templateSpecOf(workload.object), 'containers'));
  const values = containers.flatMap((container) => [
    ...variablesOf(view.scene, container, workload.ref.namespace).flatMap(({ value }) => value ?? []),
    ...[...asArray(container.command), ...asArray(container.args)].map(String),
  ]);
  const labels = Object.values(strings(at(workload.object, 'metadata', 'labels')));
  return new Set([...values.flatMap((value) => value.split(/[\s,;=]+/)), ...labels]);
}

/** Workloads that are scaled to zero and would read a queue in which messages wait without anybody who reads them. */
export function unreadQueues(view: View): Draft[] {
  const queues = view.scene.items.flatMap(idleQueuesIn);
  if (queues.length === 0) return [];
  return view.scene.objects.flatMap((workload): Draft[] => {
    const asleep =
      /^(?:Deployment|StatefulSet)$/.test(workload.ref.kind) && number(at(workload.object, 'spec', 'replicas')) === 0;
    const told = asleep ? toldTo(view, workload) : new Set<string>();
    const queue = queues.find(({ names }) => names.some((name) => told.has(name)));
    if (queue === undefined) return [];
    return [
      {
        object: { ...workload.ref, path: 'spec.replicas' },
        summary: `${named(workload.ref)} is scaled to 0 replicas, so nobody reads \`${queue.names[0]}\`: ${queue.waiting} messages wait`,
        confidence: 0.9,
        severity: 'failed',
        citations: [
          cite(workload, /Replicas:\s+0 desired|replicas: 0|"replicas": 0|0\/0/) ?? citeAny(workload),
          queue.cite(),
        ],
        involves: [workload.ref],
        remedies: [
          look('Find out who or what scaled it down', describe(workload.ref)),
          change('Scale it up: what waits is read at once, see whether what it calls can take that', 'medium'),
        ],
      },
    ];
  });
}

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

/** Where messages are put that a reader could not deal with: nobody need read there. */
const SET_ASIDE = /(?:^|[-_.])(?:dlq|dlx|dlt|dead|retry|parking|errors?|failed|poison)(?:[-_.]|$)/i;

/** Whether a queue (or a group of consumers) is called after a workload: as it is, or `billing-export-v2` of `billing-export`. */
const isAfter = (queue: string, workload: string): boolean =>
  queue === workload || (queue.startsWith(`${workload}-`) && !SET_ASIDE.test(queue.slice(workload.length)));

/** Workloads that are scaled to zero and would read a queue in which messages wait without anybody who reads them. */
export function unreadQueues(view: View): Draft[] {
  const workloads = view.scene.objects.filter(({ ref }) => /^(?:Deployment|StatefulSet)$/.test(ref.kind));
  const asleep = workloads.filter(({ object }) => number(at(object, 'spec', 'replicas')) === 0);
  const queues = asleep.length === 0 ? [] : view.scene.items.flatMap(idleQueuesIn);
  if (queues.length === 0) return [];
  return asleep.flatMap((workload): Draft[] => {
    const told = toldTo(view, workload);
    const { name: own } = workload.ref;
    // A neighbour whose name is longer may be meant by a longer name.
    const longer = workloads.filter(({ ref }) => ref.name.startsWith(`${own}-`));
    const queue = queues.find(
      ({ names: [called = '', ...topics] }) =>
        [called, ...topics].some((name) => told.has(name)) ||
        (isAfter(called, own) && !longer.some(({ ref }) => isAfter(called, ref.name))),
    );
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

import { citeLines } from '../../../../src/evidence/cite.ts';
import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { nameOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { type EvidenceItem, type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { isEvicted } from '../../../../src/evidence/pods.ts';
import { under } from '../../../../src/evidence/records/fields.ts';
import { recordsIn } from '../../../../src/evidence/records/read.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, number, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { lateAnswer } from './late-answers.ts';
import { flappingNodes } from './node-flapping.ts';

const PRESSURE = /^(MemoryPressure|DiskPressure|PIDPressure|NetworkUnavailable)$/;

/** Pods of the evidence that are on a node: as they say themselves, or as the description of the node lists them. */
export function podsOn(view: View, node: string) {
  const described = objects(findObject(view.scene, { kind: 'Node', name: node })?.object.pods);
  return view.pods
    .filter(({ ref, source }) => {
      const on = at(source.object, 'spec', 'nodeName');
      if (on !== undefined) return on === node;
      return described.some(({ name, namespace }) => name === ref.name && namespace === ref.namespace);
    })
    .map(({ ref }) => ref);
}

export const nodeNotReady: Analyzer = {
  kind: 'node-not-ready',
  stage: 'running',
  depth: DEPTH.platform,
  title: 'A node is not ready',
  about:
    'The kubelet of a node stopped reporting, or says itself that it is not ready (runtime, network plugin); or it comes and goes.',
  remedy: 'Look at kubelet and container runtime of the node; drain it if it stays so.',
  find: (view) => [...flappingNodes(view), ...unready(view)],
};

function unready(view: View): Draft[] {
  return view.scene.objects.flatMap((node): Draft[] => {
    if (node.ref.kind !== 'Node') return [];
    const ready = objects(at(node.object, 'status', 'conditions')).find((condition) => condition.type === 'Ready');
    if (ready === undefined || ready.status === 'True') return [];
    const hit = podsOn(view, node.ref.name);
    const said = text(ready.message);
    return [
      {
        object: node.ref,
        summary: `Node ${node.ref.name} is not ready${said === undefined ? '' : ` (${said.slice(0, 200)})`}${hit.length === 0 ? '' : `; ${hit.length} pod${hit.length === 1 ? ' of those seen is' : 's of those seen are'} on it`}`,
        confidence: hit.length > 0 || view.pods.length === 0 ? 0.93 : 0.8,
        severity: 'failed',
        citations: [
          cite(node, /^\s*Ready\s+(False|Unknown)/) ??
            cite(node, /NotReady/) ??
            (said === undefined ? undefined : cite(node, said.slice(0, 30))) ??
            citeAny(node),
        ],
        involves: hit,
        remedies: [
          look('See what the node says', describe(node.ref)),
          change(
            'Drain the node so that its pods move',
            'high',
            command('kubectl', 'drain', nameOf(node.ref), '--ignore-daemonsets'),
          ),
        ],
      },
    ];
  });
}

/** Evicted pods that were on a node, or of which nothing says on which they were. */
function evictedFrom(view: View, node: string) {
  return view.pods
    .filter((pod) => {
      const on = text(at(pod.source.object, 'spec', 'nodeName'));
      return isEvicted(pod) && (on === undefined || on === node);
    })
    .map(({ ref }) => ref);
}

/** Whether the workload of an evicted pod has all its replicas elsewhere. */
function isMadeUpFor(view: View, pod: ObjectRef): boolean {
  const workload = workloadOf(view.scene, pod);
  const wanted = number(at(findObject(view.scene, workload)?.object.spec, 'replicas'));
  const up = view.pods.filter(({ ref, ready }) => ready && sameObject(workloadOf(view.scene, ref), workload));
  return wanted !== undefined && up.length >= wanted;
}

/** `worker-2   3980m   99%   6100Mi   38%`: a row of `kubectl top node`. */
const USE = /^(\S+)\s+\d+m?\s+(\d+)%\s+\d+\w*\s+\d+%/;
/** Percent of a node's processors; what is left then goes to the kernel. */
const NO_CPU_LEFT = 95;

interface Used {
  readonly name: string;
  /** Percent of its processors. */
  readonly used: number;
  readonly index: number;
}

/** How much of each node is in use: rows of `kubectl top node`, or of a tool that names node and percent (`{"node": …, "cpu_percent": 99}`). */
function usedIn(item: EvidenceItem): Used[] {
  const lines = item.text.split('\n');
  if (/\btop\s+no/.test(item.command ?? '') || /CPU\(cores\)\s+CPU/.test(item.text)) {
    const rows = lines.flatMap((line, index): Used[] => {
      const [, name, used] = USE.exec(line) ?? [];
      return name === undefined ? [] : [{ name, used: Number(used), index }];
    });
    if (rows.length > 0) return rows;
  }
  if (item.command === undefined || !/cpu/i.test(item.text) || !/^(?:table|log|text|object)$/.test(item.source.kind))
    return [];
  if (item.source.kind === 'object' && !/^\s*[[{]/.test(item.text)) return [];
  return (recordsIn(lines) ?? []).flatMap(({ fields, index }): Used[] => {
    const name = text(under(fields, /^node(?: name)?$/));
    const percent = /^(\d+(?:\.\d+)?) ?%?$/.exec(text(under(fields, PERCENT)) ?? '')?.[1];
    return name === undefined || percent === undefined ? [] : [{ name, used: Number(percent), index }];
  });
}

const PERCENT = /^cpu (?:percent|pct|percentage|usage percent|utilization percent|used percent)$/;

/** Nodes whose processors are all in use, where callers of their pods wait in vain. A node that is merely busy is well used. */
function withoutCpu(view: View): Draft[] {
  return view.scene.items.flatMap((item) => {
    return usedIn(item).flatMap(({ name, used, index }): Draft[] => {
      if (used < NO_CPU_LEFT) return [];
      const pods = podsOn(view, name);
      const felt = lateAnswer(view, pods);
      if (felt === undefined) return [];
      return [
        {
          object: { kind: 'Node', name },
          summary: `Node ${name} has no CPU left (${used} % in use), so that its pods answer too late`,
          confidence: 0.86,
          severity: view.troubled.some(({ ref }) => pods.some((pod) => sameObject(pod, ref))) ? 'failed' : 'degraded',
          citations: [citeLines(item, index), felt],
          involves: [...pods, ...pods.map((pod) => workloadOf(view.scene, pod))],
          remedies: [
            look('See what runs on it', describe({ kind: 'Node', name })),
            change('Move pods away, or end what takes its processors', 'medium'),
          ],
        },
      ];
    });
  });
}

/** What a node's kernel killed longer ago (seconds) than this is told where the question names the node. */
const HISTORY = 3600;

/** Nodes whose kernel ended processes because the whole node, and no container's limit, was out of memory. */
function outOfMemory(view: View): Draft[] {
  const told = view.messages.filter(({ reason, object }) => reason === 'SystemOOM' && object?.kind === 'Node');
  return [...Map.groupBy(told, ({ object }) => object?.name ?? '')].flatMap(([name, [message]]): Draft[] => {
    if (message === undefined) return [];
    const node: ObjectRef = { kind: 'Node', name };
    const hit = evictedFrom(view, name);
    return [
      {
        object: node,
        summary: `Node ${name} ran out of memory, and its kernel ended processes (${message.text.slice(0, 200)})`,
        confidence: 0.72,
        severity: 'degraded',
        onlyIfNamed: (message.age ?? 0) > HISTORY,
        citations: [message.cite()],
        involves: [...podsOn(view, name), ...hit],
        remedies: [
          look('See what runs on it, and what it may use', describe(node)),
          change('Give its pods requests and limits of memory that fit the node', 'medium'),
        ],
      },
    ];
  });
}

export const nodePressure: Analyzer = {
  kind: 'node-under-pressure',
  stage: 'running',
  depth: DEPTH.platform + 1,
  title: 'A node is short of CPU, memory, disk or process ids',
  about:
    'The node reports MemoryPressure, DiskPressure, PIDPressure or NetworkUnavailable, so that it evicts pods and takes no new ones; or its kernel ended processes for want of memory (SystemOOM); or `kubectl top node` shows all of its CPU in use while its pods answer too late.',
  remedy: 'Free the resource on the node, or move pods away.',
  find: (view) => [
    ...withoutCpu(view),
    ...outOfMemory(view),
    ...view.scene.objects.flatMap((node): Draft[] => {
      if (node.ref.kind !== 'Node') return [];
      return objects(at(node.object, 'status', 'conditions'))
        .filter((condition) => PRESSURE.test(text(condition.type) ?? '') && condition.status === 'True')
        .map((condition): Draft => {
          const evicted = evictedFrom(view, node.ref.name);
          const hit = [...podsOn(view, node.ref.name), ...evicted];
          const spared = evicted.length > 0 && evicted.every((pod) => isMadeUpFor(view, pod));
          return {
            object: node.ref,
            summary: `Node ${node.ref.name} reports ${text(condition.type)}${text(condition.message) === undefined ? '' : ` (${text(condition.message)})`}${spared ? '; what it evicted runs elsewhere by now' : ''}`,
            confidence: 0.88,
            severity: evicted.length > 0 && !spared ? 'failed' : 'degraded',
            citations: [cite(node, new RegExp(`${text(condition.type)}`))],
            involves: hit,
            remedies: [look('See what fills the node', describe(node.ref))],
          };
        });
    }),
  ],
};

import { asArray, asObject, at, type Json, objects, strings, text } from '../../json.ts';

type Labels = Readonly<Record<string, string>>;

/** Why containers wait or ended, as metrics of kube-state-metrics tell it: the member of a container's status that the metric stands for. */
const REASONS: Readonly<Record<string, (reason: string) => Json>> = {
  kube_pod_container_status_waiting_reason: (reason) => ({ state: { waiting: { reason } } }),
  kube_pod_container_status_terminated_reason: (reason) => ({ state: { terminated: { reason } } }),
  kube_pod_container_status_last_terminated_reason: (reason) => ({ lastState: { terminated: { reason } } }),
};

/** What a number of kube-state-metrics counts: whose label names the object, and the member of it that the metric stands for. */
const COUNTS: Readonly<
  Record<string, readonly [kind: string, label: string, part: 'spec' | 'status', member: string]>
> = {
  kube_deployment_spec_replicas: ['Deployment', 'deployment', 'spec', 'replicas'],
  kube_deployment_status_replicas_ready: ['Deployment', 'deployment', 'status', 'readyReplicas'],
  kube_deployment_status_replicas_available: ['Deployment', 'deployment', 'status', 'availableReplicas'],
  kube_deployment_status_replicas_updated: ['Deployment', 'deployment', 'status', 'updatedReplicas'],
  kube_statefulset_replicas: ['StatefulSet', 'statefulset', 'spec', 'replicas'],
  kube_statefulset_status_replicas_ready: ['StatefulSet', 'statefulset', 'status', 'readyReplicas'],
  kube_daemonset_status_desired_number_scheduled: ['DaemonSet', 'daemonset', 'status', 'desiredNumberScheduled'],
  kube_daemonset_status_number_ready: ['DaemonSet', 'daemonset', 'status', 'numberReady'],
  kube_horizontalpodautoscaler_spec_max_replicas: [
    'HorizontalPodAutoscaler',
    'horizontalpodautoscaler',
    'spec',
    'maxReplicas',
  ],
  kube_horizontalpodautoscaler_status_current_replicas: [
    'HorizontalPodAutoscaler',
    'horizontalpodautoscaler',
    'status',
    'currentReplicas',
  ],
  kube_horizontalpodautoscaler_status_desired_replicas: [
    'HorizontalPodAutoscaler',
    'horizontalpodautoscaler',
    'status',
    'desiredReplicas',
  ],
};
/** States that a series for each of them stands for: the one whose sample is 1 is the object's. */
const PHASES: Readonly<Record<string, readonly [kind: string, label: string]>> = {
  kube_pod_status_phase: ['Pod', 'pod'],
  kube_persistentvolumeclaim_status_phase: ['PersistentVolumeClaim', 'persistentvolumeclaim'],
};

/** `kube_pod_…_reason{pod="web-0",reason="Error"} => 1 @[…]`, or as a target exposes it. */
const SAMPLE = /^(\w+)\{([^{}]*)\}\s+(?:=>\s+)?(-?[\d.]+(?:e[+-]?\d+)?)(?:\s|$)/i;

/** What `promtool query instant` prints, or a target exposes, as Prometheus would answer; undefined where a line is no sample. */
export function samplesIn(lines: readonly string[]): unknown {
  const result: Json[] = [];
  for (const line of lines) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, labels = '', value = ''] = SAMPLE.exec(line.slice(0, 4000)) ?? [];
    if (name === undefined) return undefined;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', one = '']) => [key, one]);
    result.push({ metric: { __name__: name, ...Object.fromEntries(pairs) }, value: [0, value] });
  }
  return { data: { result } };
}

/** The newest sample of a result of an instant or a range query. */
function newest(result: Json): number {
  const pairs = [...asArray(result.values), result.value].filter(Array.isArray);
  return Number(pairs.at(-1)?.[1]);
}

function podOf({ pod, namespace }: Labels, container: Json): Json[] {
  if (pod === undefined) return [];
  const metadata = { name: pod, ...(namespace === undefined ? {} : { namespace }) };
  return [{ kind: 'Pod', metadata, status: { containerStatuses: [container] } }];
}

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

function samplesOf(value: unknown): Sample[] {
  return objects(at(value, 'data', 'result')).map((result) => {
    const labels = strings(asObject(result.metric));
    return { name: text(labels.__name__) ?? '', labels, value: newest(result) };
  });
}

const named = (kind: string, name: string, namespace: string | undefined, rest: Json): Json => ({
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...rest,
});

/** Conditions of nodes: of the series for each state the one at 1 is true; where only the good one is shown, and is 0, it is not. */
function nodes(samples: readonly Sample[]): Json[] {
  const told = samples.filter(({ name, labels }) => name === 'kube_node_status_condition' && labels.node !== undefined);
  return [...Map.groupBy(told, ({ labels }) => labels.node ?? '')].map(([node, own]) => {
    const conditions = [...Map.groupBy(own, ({ labels }) => labels.condition ?? '')].flatMap(
      ([type, states]): Json[] => {
        const holds = states.find(({ value }) => value === 1)?.labels.status;
        const isNot = states.some(({ labels, value }) => labels.status === 'true' && value === 0);
        const status = holds ?? (isNot ? 'false' : undefined);
        return status === undefined ? [] : [{ type, status: status.slice(0, 1).toUpperCase() + status.slice(1) }];
      },
    );
    return named('Node', node, undefined, { status: { conditions } });
  });
}

/**
 * Objects with what samples of kube-state-metrics say of them: conditions of nodes, phases, and numbers of replicas. They are as partial as rows of
 * a table. Empty for anything else.
 */
export function kubeStateObjects(value: unknown): Json[] {
  const samples = samplesOf(value);
  const others = samples.flatMap(({ name, labels, value: found }): Json[] => {
    const [kind, label = '', part, member = ''] = COUNTS[name] ?? [];
    const of = labels[label];
    if (kind !== undefined && part !== undefined && of !== undefined && Number.isFinite(found))
      return [named(kind, of, labels.namespace, { [part]: { [member]: found } })];
    const [phased, own = ''] = PHASES[name] ?? [];
    const it = labels[own];
    if (phased !== undefined && it !== undefined && found === 1 && labels.phase !== undefined)
      return [named(phased, it, labels.namespace, { status: { phase: labels.phase } })];
    if (name === 'kube_node_spec_unschedulable' && labels.node !== undefined && found === 1)
      return [named('Node', labels.node, undefined, { spec: { unschedulable: true } })];
    if (name === 'kube_cronjob_spec_suspend' && labels.cronjob !== undefined && found === 1)
      return [named('CronJob', labels.cronjob, labels.namespace, { spec: { suspend: true } })];
    return [];
  });
  return [...nodes(samples), ...others];
}

/**
 * Pods with what samples of kube-state-metrics say of their containers' states. `value` is Prometheus' answer to a query; a sum over
 * labels that no longer names the metric says nothing. Empty for anything else.
 */
export function kubeStatePods(value: unknown): Json[] {
  return objects(at(value, 'data', 'result')).flatMap((result) => {
    const labels = strings(asObject(result.metric));
    const state = REASONS[text(labels.__name__) ?? ''];
    const { reason, container } = labels;
    if (state === undefined || reason === undefined || container === undefined || newest(result) !== 1) return [];
    return podOf(labels, { name: container, ...state(reason) });
  });
}

/** All that samples of kube-state-metrics say of objects: pods by their containers' states, others as partial as rows of a table. */
export const kubeState = (value: unknown): { readonly object: Json; readonly partial: boolean }[] => [
  ...kubeStatePods(value).map((object) => ({ object, partial: false })),
  ...kubeStateObjects(value).map((object) => ({ object, partial: true })),
];

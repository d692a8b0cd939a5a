import { asArray, asObject, at, type Json, objects, strings, text } from '../../json.ts';

type Labels = Readonly<Record<string, string>>;

/** Why containers wait or ended, as metrics of kube-state-metrics tell it: the member of a container's status that the metric stands for. */
const REASONS: Readonly<Record<string, (reason: string) => Json>> = {
  kube_pod_container_status_waiting_reason: (reason) => ({ state: { waiting: { reason } } }),
  kube_pod_container_status_terminated_reason: (reason) => ({ state: { terminated: { reason } } }),
  kube_pod_container_status_last_terminated_reason: (reason) => ({ lastState: { terminated: { reason } } }),
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

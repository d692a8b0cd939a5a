import { asArray, asObject, at, type Json, objects, strings, text } from '../json.ts';

const UNITS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 },
};

/** A Kubernetes quantity (`250m`, `4Gi`) as a number; undefined when it is none. */
export function quantity(value: unknown): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(text(value) ?? '') ?? [];
  const factor = unit === '' ? 1 : UNITS[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** Whether an object says of itself that it is ready, as nodes and pods do. */
export function isReady(object: Json): boolean {
  return objects(at(object, 'status', 'conditions')).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** What the containers of a pod ask for together. */
export function requestsOf(spec: unknown): Map<string, number> {
  const sums = new Map<string, number>();
  for (const container of objects(at(spec, 'containers'))) {
    // A limit without a request is the request, too.
    const asked = {
      ...asObject(at(container, 'resources', 'limits')),
      ...asObject(at(container, 'resources', 'requests')),
    };
    for (const [name, value] of Object.entries(asked)) sums.set(name, (sums.get(name) ?? 0) + (quantity(value) ?? 0));
  }
  return sums;
}

function satisfies(labels: Readonly<Record<string, string>>, term: unknown): boolean {
  return objects(at(term, 'matchExpressions')).every(({ key, operator, values }) => {
    const value = labels[text(key) ?? ''];
    const among = value !== undefined && asArray(values).map(String).includes(value);
    if (operator === 'In') return among;
    if (operator === 'NotIn') return !among;
    if (operator === 'Exists') return value !== undefined;
    // Gt and Lt are rare: what is not understood may fit.
    return operator === 'DoesNotExist' ? value === undefined : true;
  });
}

/** Whether the evidence shows the labels of a node (a row of a table does not). */
export function hasLabels(node: Json): boolean {
  return Object.keys(strings(at(node, 'metadata', 'labels'))).length > 0;
}

/** The terms of a pod's required node affinity, one of which a node must meet. */
function affinityTerms({ spec }: Json): readonly Json[] {
  const affinity = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return objects(at(affinity, 'nodeSelectorTerms'));
}

/** Whether a node has the labels that a pod's node selector and required node affinity ask for. */
export function fitsLabels(node: Json, pod: Json): boolean {
  const labels = strings(at(node, 'metadata', 'labels'));
  const selector = Object.entries(strings(at(pod.spec, 'nodeSelector')));
  if (selector.some(([key, value]) => labels[key] !== value)) return false;
  const terms = affinityTerms(pod);
  return terms.length === 0 || terms.some((term) => satisfies(labels, term));
}

/** Taints that people put on a node and a pod does not tolerate; those of the node's own conditions pass away. */
export function untolerated(node: Json, pod: Json): readonly Json[] {
  const tolerations = objects(at(pod, 'spec', 'tolerations'));
  return objects(at(node, 'spec', 'taints'))
    .filter(({ key, effect }) => effect !== 'PreferNoSchedule' && !/^node\.kubernetes\.io\//.test(text(key) ?? ''))
    .filter(
      (taint) =>
        !tolerations.some(
          ({ key, operator, value, effect }) =>
            (key === undefined || key === taint.key) &&
            (operator === 'Exists' || (value ?? '') === (taint.value ?? '')) &&
            (effect === undefined || effect === '' || effect === taint.effect),
        ),
    );
}

/**
 * Whether an empty node could take a pod once it is well: labels, taints and size. True when the evidence lacks what would say no.
 */
export function couldHost(node: Json, pod: Json): boolean {
  if (hasLabels(node) && !fitsLabels(node, pod)) return false;
  if (untolerated(node, pod).length > 0) return false;
  const room = asObject(at(node, 'status', 'allocatable'));
  if (Object.keys(room).length === 0) return true;
  return [...requestsOf(pod.spec)].every(([name, asked]) => asked <= (quantity(room[name]) ?? 0));
}

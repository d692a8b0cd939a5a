import { behind } from '../../../../src/evidence/calls.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, selectorOf, templateLabels, workloadOf } from '../../../../src/evidence/relations.ts';
import { asArray, at, objects, strings, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';

/** What is known of a pod's labels: all of them, or some. */
export interface KnownLabels {
  readonly labels: Readonly<Record<string, string>>;
  readonly complete: boolean;
}

/** A pod, or a workload known by name alone, whose labels are then not known. */
export type Peer = Pick<PodView, 'ref' | 'labels'>;

/**
 * Labels of a pod: those that are shown, else its workload's template's, else the ones by which Services before it must
 * select it. Tables rarely show labels.
 */
export function labelsOf(view: View, pod: Peer): KnownLabels {
  if (Object.keys(pod.labels).length > 0) return { labels: pod.labels, complete: true };
  const workload = findObject(view.scene, workloadOf(view.scene, pod.ref));
  const template = workload === undefined ? {} : templateLabels(workload);
  if (Object.keys(template).length > 0) return { labels: template, complete: true };
  const before = view.scene.objects.filter(
    (service) =>
      service.ref.kind === 'Service' &&
      Object.keys(selectorOf(service)).length > 0 &&
      behind(view.scene, view.pods, [service]).some((ref) => sameObject(ref, pod.ref)),
  );
  return { labels: Object.assign({}, ...before.map(selectorOf)) as Record<string, string>, complete: false };
}

/** Whether a label selector picks a pod; undefined where what is known of its labels does not say. */
export function picks(selector: unknown, { labels, complete }: KnownLabels): boolean | undefined {
  const wanted = Object.entries(strings(at(selector, 'matchLabels'))).map(([key, value]): boolean | undefined => {
    const own = labels[key];
    return own === undefined && !complete ? undefined : own === value;
  });
  const expressions = objects(at(selector, 'matchExpressions')).map((entry): boolean | undefined => {
    const own = labels[text(entry.key) ?? ''];
    if (own === undefined && !complete) return undefined;
    const values = asArray(entry.values).map(String);
    if (entry.operator === 'In') return own !== undefined && values.includes(own);
    if (entry.operator === 'NotIn') return own === undefined || !values.includes(own);
    return entry.operator === 'Exists' ? own !== undefined : own === undefined;
  });
  const all = [...wanted, ...expressions];
  if (all.includes(false)) return false;
  return all.includes(undefined) ? undefined : true;
}

/** Labels of the namespace of a pod: those that are shown, and the one that the API server gives to each. */
export function spaceLabels(view: View, { ref: { namespace } }: Peer): KnownLabels {
  if (namespace === undefined) return { labels: {}, complete: false };
  const shown = findObject(view.scene, { kind: 'Namespace', name: namespace });
  const labels = strings(at(shown?.object, 'metadata', 'labels'));
  return {
    labels: { 'kubernetes.io/metadata.name': namespace, ...labels },
    complete: Object.keys(labels).length > 0,
  };
}

/**
 * Labels as a policy supposes them: a key for which it names a workload (`app: fares`, where there is a workload `fares`) has
 * the workload's name in every pod. Only for pods of which no label is known.
 */
export function supposedLabels(view: View, policy: unknown, pod: Peer): KnownLabels {
  const known = labelsOf(view, pod);
  if (known.complete) return known;
  const name = workloadOf(view.scene, pod.ref).name;
  const names = new Set(view.pods.map(({ ref }) => workloadOf(view.scene, ref).name));
  const keys = Object.entries(strings(at(policy, 'spec', 'podSelector', 'matchLabels')))
    .filter(([, value]) => names.has(value))
    .map(([key]) => key);
  return { labels: { ...Object.fromEntries(keys.map((key) => [key, name])), ...known.labels }, complete: false };
}

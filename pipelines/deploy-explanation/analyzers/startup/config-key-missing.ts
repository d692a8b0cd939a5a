import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects, strings, text } from '../../../../src/json.ts';
import { containerPath, liveEdit } from '../../live-edit.ts';
import type { Remedy } from '../../schema.ts';
import type { View } from '../../view.ts';
import { change, look } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

/** The key and what should hold it. A volume's message names the volume alone: the pod says what it is made of. */
function target(
  match: RegExpExecArray,
  pod: PodView,
  view?: View,
): { key: string; kind: string; name: string; namespace?: string } {
  const key = match[1] ?? match[6] ?? '';
  if (match[1] !== undefined) {
    const [name = '', namespace] = (match[3] ?? '').split('/').reverse();
    const kind = /secret/i.test(match[2] ?? '') ? 'Secret' : 'ConfigMap';
    return { key, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  }
  const kind = match[5] === 'secret' ? 'Secret' : 'ConfigMap';
  const volumes = objects(at(pod.source.object, 'spec', 'volumes'));
  const volume = volumes.find((candidate) => candidate.name === match[4]);
  const name = text(at(volume, 'configMap', 'name')) ?? text(at(volume, 'secret', 'secretName'));
  return { key, kind, name: name ?? onlyWithout(key, kind, pod, view) ?? '' };
}

/** The only ConfigMap or Secret of the pod's namespace whose keys the evidence shows without this one: somebody looked it up. */
function onlyWithout(key: string, kind: string, pod: PodView, view: View | undefined): string | undefined {
  const shown = (view?.scene.objects ?? []).filter(
    ({ ref, object }) =>
      ref.kind === kind && ref.namespace === pod.ref.namespace && Object.keys(strings(object.data)).length > 0,
  );
  return shown.length === 1 && !(key in strings(shown[0]?.object.data)) ? shown[0]?.ref.name : undefined;
}

const bare = (key: string) => key.toLowerCase().replace(/[-_.]/g, '');

/** The variables that take the key, set to the only one that is the same but for case and punctuation. */
function spellingEdit(view: View, pod: PodView, kind: string, name: string, key: string): Remedy[] {
  const held = findObject(view.scene, { ...pod.ref, kind, name });
  const keys = Object.keys({ ...strings(held?.object.data), ...strings(held?.object.stringData) });
  const [meant, ...more] = keys.filter((other) => bare(other) === bare(key));
  if (meant === undefined || more.length > 0) return [];
  const workload = findObject(view.scene, workloadOf(view.scene, pod.ref));
  const from = kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef';
  const edits = pod.containers.flatMap((container) => {
    const path = containerPath(workload, container.name);
    return path === undefined
      ? []
      : objects(container.spec.env).flatMap((entry, index) =>
          at(entry, 'valueFrom', from, 'name') === name && at(entry, 'valueFrom', from, 'key') === key
            ? [{ path: [...path, 'env', index, 'valueFrom', from, 'key'], value: meant }]
            : [],
        );
  });
  return liveEdit(workload, `take the key ${meant} of ${kind} ${name}, which rolls its pods`, edits, 'medium');
}

export const configKeyMissing = containerAnalyzer({
  kind: 'config-key-missing',
  title: 'A key is missing in a ConfigMap or Secret',
  about: 'The ConfigMap or Secret exists, but not the key that the container takes from it.',
  remedy: 'Add the key, or correct its name in the workload.',
  pattern:
    /couldn't find key (\S+) in (ConfigMap|Secret) (\S+)|(?:failed for volume "([^"]+)" : )?(configmap|secret) references non-existent (?:config|secret) key: (\S+)/i,
  confidence: 0.97,
  says: (match, _message, pod) => {
    const { key, kind, name } = target(match, pod);
    return name === ''
      ? `the key \`${key}\` is missing in what it mounts`
      : `the key \`${key}\` is missing in ${kind} \`${name}\``;
  },
  object: (match, pod, view): ObjectRef | undefined => {
    const { key, kind, name, namespace = pod.ref.namespace } = target(match, pod, view);
    return name === ''
      ? undefined
      : { kind, name, ...(namespace === undefined ? {} : { namespace }), path: `data.${key}` };
  },
  remedies: (match, pod, _message, view) => {
    const { key, kind, name } = target(match, pod);
    return [
      look('See the keys there are', describe({ ...pod.ref, kind, name })),
      change(`Add the key \`${key}\` to ${kind} \`${name}\`, or correct the key that the workload names`),
      ...spellingEdit(view, pod, kind, name, key),
    ];
  },
});

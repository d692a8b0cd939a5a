import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { at, objects, strings, text } from '../../../../src/json.ts';
import { describe } from '../../commands/kubectl.ts';
import type { View } from '../../view.ts';
import { change, look } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

/** The key and what should hold it. A volume's message names the volume alone: the pod says what it is made of. */
function target(match: RegExpExecArray, pod: PodView, view?: View): { key: string; kind: string; name: string } {
  const key = match[1] ?? match[6] ?? '';
  if (match[1] !== undefined)
    return {
      key,
      kind: /secret/i.test(match[2] ?? '') ? 'Secret' : 'ConfigMap',
      name: (match[3] ?? '').split('/').at(-1) ?? '',
    };
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
    const { key, kind, name } = target(match, pod, view);
    return name === ''
      ? undefined
      : {
          kind,
          name,
          ...(pod.ref.namespace === undefined ? {} : { namespace: pod.ref.namespace }),
          path: `data.${key}`,
        };
  },
  remedies: (match, pod) => {
    const { key, kind, name } = target(match, pod);
    return [
      look('See the keys there are', describe({ ...pod.ref, kind, name })),
      change(`Add the key \`${key}\` to ${kind} \`${name}\`, or correct the key that the workload names`),
    ];
  },
});

import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { change, look } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

function target(match: RegExpExecArray): { key: string; kind: string; name: string } {
  const key = match[1] ?? match[4] ?? '';
  const kind = /secret/i.test(match[2] ?? match[5] ?? '') ? 'Secret' : 'ConfigMap';
  return { key, kind, name: (match[3] ?? match[6] ?? '').split('/').at(-1) ?? '' };
}

export const configKeyMissing = containerAnalyzer({
  kind: 'config-key-missing',
  title: 'A key is missing in a ConfigMap or Secret',
  about: 'The ConfigMap or Secret exists, but not the key that the container takes from it.',
  remedy: 'Add the key, or correct its name in the workload.',
  pattern:
    /couldn't find key (\S+) in (ConfigMap|Secret) (\S+)|references non-existent (?:config|secret) key: (\S+)()()/i,
  confidence: 0.97,
  says: (match) => {
    const { key, kind, name } = target(match);
    return name === ''
      ? `the key \`${key}\` is missing in what it mounts`
      : `the key \`${key}\` is missing in ${kind} \`${name}\``;
  },
  object: (match, pod): ObjectRef | undefined => {
    const { key, kind, name } = target(match);
    return name === ''
      ? undefined
      : {
          kind,
          name,
          ...(pod.ref.namespace === undefined ? {} : { namespace: pod.ref.namespace }),
          path: `data.${key}`,
        };
  },
  remedies: (match) => {
    const { key, kind, name } = target(match);
    return [
      look('See the keys there are', `kubectl describe ${kind.toLowerCase()} ${name}`),
      change(`Add the key \`${key}\` to ${kind} \`${name}\`, or correct the key that the workload names`),
    ];
  },
});

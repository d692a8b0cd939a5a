import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { podSpecOf } from '../../../../src/evidence/relations.ts';
import { at, type Json, number, objects } from '../../../../src/json.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';

const STATE = 'CreateContainerConfigError';
const SHOWN = new RegExp(`^(?:Init:)?${STATE}$`);

/**
 * Pods whose container's configuration the kubelet cannot put together, of which no message says why: it puts together what the environment
 * is taken from, and the user that it runs as.
 */
function unsaid(view: View): PodView[] {
  return view.troubled.filter(
    (pod) =>
      (SHOWN.test(pod.rowStatus ?? '') || pod.containers.some(({ waiting }) => waiting?.reason === STATE)) &&
      // `Error: CreateContainerConfigError` says no more than the state.
      about(view, pod.ref).every(({ text, warning }) => warning !== true || /^(?:Error: )?\w*$/.test(text.trim())),
  );
}

/** ConfigMaps and Secrets that a container takes its environment from. */
function takenFrom(container: Json): string[] {
  const sources = [
    ...objects(container.env).flatMap(({ valueFrom }) => [
      at(valueFrom, 'configMapKeyRef'),
      at(valueFrom, 'secretKeyRef'),
    ]),
    ...objects(container.envFrom).flatMap((from) => [from.configMapRef, from.secretRef]),
  ];
  return sources.flatMap((source) => {
    const name = at(source, 'name');
    return typeof name === 'string' && at(source, 'optional') !== true ? [name] : [];
  });
}

/** Whether a container must not run as root, and nothing but its image says as whom it runs. */
function leavesUserToImage(spec: unknown, container: Json): boolean {
  const set = (key: string) => at(container, 'securityContext', key) ?? at(spec, 'securityContext', key);
  return set('runAsNonRoot') === true && number(set('runAsUser')) === undefined;
}

/** What is left where nothing else of a container's configuration can fail: `runAsNonRoot` beside an image of root. */
export function rootByImage(view: View): Draft[] {
  return unsaid(view).flatMap((pod): Draft[] => {
    const spec = podSpecOf(view.scene, pod.source);
    const containers = [...objects(at(spec, 'initContainers')), ...objects(at(spec, 'containers'))];
    const held = containers.filter((container) => leavesUserToImage(spec, container));
    if (held.length === 0 || containers.some((container) => takenFrom(container).length > 0)) return [];
    const object = changeable(view, pod, String(held[0]?.name ?? ''), 'securityContext');
    const { path: _, ...bare } = object;
    return [
      {
        object,
        aspect: 'non-root',
        summary: `${named(bare)} cannot start: runAsNonRoot is set without a runAsUser, and its container takes nothing from a ConfigMap or Secret that could be missing: its image runs as root, or as a user that has no number`,
        confidence: 0.82,
        severity: 'failed',
        citations: [
          cite(pod.source, STATE) ?? citeAny(pod.source),
          ...view.scene.objects
            .filter(({ ref }) => ref.kind === bare.kind && ref.name === bare.name)
            .map((one) => cite(one, 'runAsNonRoot')),
        ],
        involves: [bare, pod.ref],
        remedies: [
          look('Read the events of the pod', describe(pod.ref)),
          change('Set securityContext.runAsUser to a number other than 0', 'medium'),
        ],
      },
    ];
  });
}

/** A container's configuration that cannot be put together, where the evidence does not show what of it. */
export function unsaidConfigErrors(view: View): Draft[] {
  return unsaid(view).map((pod): Draft => {
    const spec = podSpecOf(view.scene, pod.source);
    const names = new Set(objects(at(spec, 'containers')).flatMap(takenFrom));
    const { path: _, ...bare } = changeable(view, pod);
    const from = [...names].slice(0, 3).map((name) => `\`${name}\``);
    return {
      object: bare,
      summary: `${named(bare)} cannot start: the configuration of its container cannot be put together (${STATE}); the evidence does not show why${from.length === 0 ? '' : `, it takes its environment from ${from.join(', ')}`}`,
      confidence: 0.5,
      severity: 'failed',
      citations: [cite(pod.source, STATE) ?? citeAny(pod.source)],
      involves: [bare, pod.ref],
      remedies: [look('Read the events of the pod: they name what is missing', describe(pod.ref))],
    };
  });
}

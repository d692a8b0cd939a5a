import type { PodView } from '../../../../src/evidence/pods.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects, text } from '../../../../src/json.ts';

/**
 * The numbers of the ports to which a Service sends, as far as they are known. A name is that of a container's port; `kubectl describe pod`
 * shows no names, and then the only port of a Service is the only one that the pods behind it declare.
 */
export function targetPorts(service: SceneObject, behind: readonly PodView[]): number[] {
  const ports = objects(at(service.object, 'spec', 'ports'));
  const declared = behind.flatMap(({ containers }) => containers.flatMap(({ spec }) => objects(spec.ports)));
  const numbers = new Set(declared.flatMap(({ containerPort }) => number(containerPort) ?? []));
  return ports.flatMap((port) => {
    const target = port.targetPort ?? port.port;
    const known = number(target);
    if (known !== undefined) return [known];
    const called = declared.find(({ name }) => text(name) !== undefined && name === target);
    if (called !== undefined) return number(called.containerPort) ?? [];
    const nameless = declared.every(({ name }) => text(name) === undefined);
    return nameless && ports.length === 1 && numbers.size === 1 ? [...numbers] : [];
  });
}

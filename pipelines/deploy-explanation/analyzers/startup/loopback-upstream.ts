import { readCommand } from '../../../../src/evidence/command.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { podSpecOf, selectedBy } from '../../../../src/evidence/relations.ts';
import { at, type Json, number, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import type { LogHit } from './log-errors.ts';

const LOOPBACK = /^(?:127(?:\.\d+){3}|localhost|\[?::1\]?)$/i;

/** A container that passes what it gets on to a port of its own pod which no other container there declares. */
export interface LoopbackUpstream {
  readonly container: string;
  /** The argument or the value of a variable that holds the port, where it is seen. */
  readonly told?: string;
  /** The other containers with the ports that they declare, for people. */
  readonly others: string;
  /** Whether a Service sends to this very container: then nobody who calls it is answered. */
  readonly inFront: boolean;
}

const portsOf = (container: Json) => objects(container.ports);

/** What a container is told that holds a port of its own pod. */
function toldPort(container: Json, port: string): string | undefined {
  const values = [
    ...[container.command, container.args].flatMap((words) => (Array.isArray(words) ? words.map(String) : [])),
    ...objects(container.env).flatMap(({ value }) => text(value) ?? []),
  ];
  const holds = new RegExp(`(?:127(?:\\.\\d+){3}|localhost|\\[::1\\]):${port}\\b`, 'i');
  return values.find((value) => value.length <= 200 && holds.test(value));
}

/** Reads a refusal at a loopback address as one of a proxy beside its program, where the pod's containers say so. */
export function loopbackUpstream(
  view: View,
  { log, pod }: LogHit,
  host: string | undefined,
  port: string | undefined,
): LoopbackUpstream | undefined {
  if (pod === undefined || port === undefined || !LOOPBACK.test(host ?? '')) return undefined;
  const containers = objects(podSpecOf(view.scene, pod.source).containers);
  const name = readCommand(log.item.command ?? '').container;
  const own = containers.find((container) => text(container.name) === name);
  const others = containers.filter((container) => container !== own && portsOf(container).length > 0);
  const declared = others.flatMap((container) => portsOf(container).flatMap((one) => number(one.containerPort) ?? []));
  if (own === undefined || name === undefined || declared.length === 0 || declared.includes(Number(port)))
    return undefined;
  const told = toldPort(own, port);
  const inFront = view.scene.objects.some(
    (service) =>
      service.ref.kind === 'Service' &&
      selectedBy(view.scene, service, view.pods).some((ref) => sameObject(ref, pod.ref)) &&
      objects(at(service.object, 'spec', 'ports')).some(({ targetPort, port: outer }) =>
        portsOf(own).some((one) => [one.containerPort, one.name].includes(targetPort ?? outer)),
      ),
  );
  return {
    container: name,
    ...(told === undefined ? {} : { told }),
    others: others
      .map(
        (one) =>
          `\`${text(one.name)}\` has ${portsOf(one)
            .map(({ containerPort }) => String(containerPort))
            .join(', ')}`,
      )
      .join('; '),
    inFront,
  };
}

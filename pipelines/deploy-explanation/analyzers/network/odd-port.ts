import type { Address } from '../../../../src/evidence/calls.ts';
import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { type ObjectRef, refText, sameObject } from '../../../../src/evidence/model.ts';
import { selectedBy } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects } from '../../../../src/json.ts';
import { cite, named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';

/** An address that a workload is told, and the Service whose ports it contradicts. */
export interface Contradicted {
  readonly address: Address;
  readonly service: SceneObject;
  /** Whether a log shows that it hurts. */
  readonly felt: boolean;
}

/** Workloads that are told the same are not mistaken each for itself. */
const CALLERS = 2;

/** Whether a pod that the Service selects declares the port. */
function declared(view: View, service: SceneObject, port: number): boolean {
  const selected = selectedBy(view.scene, service, view.pods);
  return view.pods.some(
    ({ ref, source }) =>
      selected.some((one) => sameObject(one, ref)) &&
      objects(at(source.object, 'spec', 'containers')).some((container) =>
        objects(container.ports).some(({ containerPort }) => number(containerPort) === port),
      ),
  );
}

/**
 * The Service whose port is the odd one out: two workloads or more are told another, the same one, nobody is told the Service's own, and
 * its pods declare the one that all are told. `told` are contradicted addresses of one Service, `all` every address that is known.
 */
export function oddPort(view: View, told: readonly Contradicted[], all: readonly Address[]): Draft | undefined {
  const [first] = told;
  if (first === undefined) return undefined;
  const { service } = first;
  const asked = new Set(told.map(({ address }) => address.port));
  const [port] = asked;
  const callers = new Map<string, ObjectRef>(
    told.map(({ address: { workload } }) => [refText(workload), workload] as const),
  );
  const ports = objects(at(service.object, 'spec', 'ports')).flatMap((one) => number(one.port) ?? []);
  const heeded = all.some(
    (one) =>
      one.host.split('.')[0] === service.ref.name &&
      one.workload.namespace === service.ref.namespace &&
      ports.includes(one.port ?? 0),
  );
  if (asked.size !== 1 || port === undefined || callers.size < CALLERS || heeded || !declared(view, service, port))
    return undefined;
  const felt = told.some((one) => one.felt);
  return {
    object: { ...service.ref, path: 'spec.ports.port' },
    summary: `${named(service.ref)} has port ${ports.join(', ')}, but all that call it (${[...callers.values()].slice(0, 4).map(named).join(', ')}) are told ${port}, the port that its pods have`,
    confidence: felt ? 0.95 : 0.74,
    severity: felt ? 'failed' : 'degraded',
    citations: [
      cite(service, /Port:|"port"|port:|\/TCP/),
      ...told.slice(0, 2).map(({ address }) => cite(address.source, address.value.slice(0, 60))),
    ],
    involves: [...callers.values()],
    remedies: [
      look('See the Service', get(service.ref)),
      change(`Give Service ${service.ref.name} port ${port}, or tell its callers ${ports.join(' or ')}`, 'medium'),
    ],
  };
}

import { inOtherNamespace } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';

/** What the controller puts behind the name of a Service to call its slice. */
const GENERATED = /-[a-z0-9]{5}$/;

/** The addresses behind a Service: `undefined` where the evidence does not show them. */
export function endpointsOf(view: View, service: SceneObject): { addresses: number; source: SceneObject } | undefined {
  if (Array.isArray(service.object.endpoints)) return { addresses: service.object.endpoints.length, source: service };
  const own = view.scene.objects.find(
    ({ ref, object }) =>
      (ref.kind === 'Endpoints' &&
        ref.name === service.ref.name &&
        (ref.namespace ?? '') === (service.ref.namespace ?? ref.namespace ?? '')) ||
      (ref.kind === 'EndpointSlice' &&
        !inOtherNamespace(ref, service.ref) &&
        (text(at(object, 'metadata', 'labels', 'kubernetes.io/service-name')) ?? ref.name.replace(GENERATED, '')) ===
          service.ref.name),
  );
  if (own === undefined) return undefined;
  const listed = asArray(own.object.addresses).length;
  const subsets = objects(own.object.subsets).reduce((sum, subset) => sum + asArray(subset.addresses).length, 0);
  const slices = objects(own.object.endpoints).filter(
    (endpoint) => at(endpoint, 'conditions', 'ready') !== false,
  ).length;
  return { addresses: Math.max(listed, subsets, slices), source: own };
}

/** The one port that all endpoints of a Service with one port have, as tables list them (`10.244.1.17:8081`). */
export function portOfEndpoints(view: View, service: SceneObject): number | undefined {
  const source = endpointsOf(view, service)?.source;
  const found = new Set(
    asArray(source?.object.addresses).flatMap((one) =>
      typeof one === 'string' ? (/:(\d+)$/.exec(one)?.[1] ?? []) : [],
    ),
  );
  const [port] = found;
  return found.size !== 1 || objects(at(service.object, 'spec', 'ports')).length !== 1 ? undefined : Number(port);
}

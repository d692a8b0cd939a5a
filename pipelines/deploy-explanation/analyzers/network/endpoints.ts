import { inOtherNamespace } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, type Json, number, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';

/** The addresses behind a Service: `undefined` where the evidence does not show them. */
export function endpointsOf(view: View, service: SceneObject): { addresses: number; source: SceneObject } | undefined {
  if (Array.isArray(service.object.endpoints)) return { addresses: service.object.endpoints.length, source: service };
  const { name, namespace } = service.ref;
  const own = view.scene.objects.filter(({ ref, object }) => {
    if (ref.kind === 'Endpoints')
      return ref.name === name && (ref.namespace ?? '') === (namespace ?? ref.namespace ?? '');
    const label = text(at(object, 'metadata', 'labels', 'kubernetes.io/service-name'));
    return ref.kind === 'EndpointSlice' && !inOtherNamespace(ref, service.ref) && label === name;
  });
  // Of several slices of one Service some may be empty.
  const counted = own.map((source) => ({ addresses: addressesIn(source.object), source }));
  return counted.toSorted((a, b) => b.addresses - a.addresses)[0];
}

/** How many addresses Endpoints or a slice hold: as a row lists them, as subsets, or as ready endpoints. */
function addressesIn(object: Json): number {
  const subsets = objects(object.subsets).reduce((sum, subset) => sum + asArray(subset.addresses).length, 0);
  const ready = objects(object.endpoints).filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false);
  return Math.max(asArray(object.addresses).length, subsets, ready.length);
}

/** The one port that all endpoints of a Service with one port have: as rows list them (`10.244.1.17:8081`), or as a slice says. */
export function portOfEndpoints(view: View, service: SceneObject): number | undefined {
  const source = endpointsOf(view, service)?.source;
  const listed = asArray(source?.object.addresses).map((one) => Number(/:(\d+)$/.exec(text(one) ?? '')?.[1]));
  const sliced =
    source?.ref.kind === 'EndpointSlice' ? objects(source.object.ports).map(({ port }) => number(port)) : [];
  const [port, ...others] = new Set([...listed, ...sliced].filter((one) => one !== undefined && one > 0));
  return others.length > 0 || objects(at(service.object, 'spec', 'ports')).length !== 1 ? undefined : port;
}

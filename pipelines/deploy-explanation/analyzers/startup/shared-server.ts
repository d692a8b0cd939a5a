import { behind, servicesIn, variablesOf } from '../../../../src/evidence/calls.ts';
import { type ObjectRef, refText, sameObject } from '../../../../src/evidence/model.ts';
import { objects } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { type LogHit, subjectOf } from './log-errors.ts';
import { specsOf } from './settings.ts';

/** So many clients that say the same of a server are not at fault themselves. */
const CLIENTS = 2;

/** Whether the environment of a workload names a Service behind which the server stands. */
function isClientOf(view: View, client: ObjectRef, server: ObjectRef): boolean {
  if (sameObject(client, server)) return false;
  const services = view.scene.objects.filter(
    (one) =>
      one.ref.kind === 'Service' &&
      behind(view.scene, view.pods, [one]).some((ref) => ref.kind !== 'Service' && sameObject(ref, server)),
  );
  if (services.length === 0) return false;
  const values = specsOf(view, client).flatMap(({ spec }) =>
    objects((spec as { containers?: unknown } | undefined)?.containers).flatMap((container) =>
      variablesOf(view.scene, container, client.namespace).flatMap(({ value }) => value ?? []),
    ),
  );
  return values.some((value) => servicesIn(view.scene, value).some((service) => services.includes(service)));
}

/**
 * Hits of one kind in logs of programs, those of clients taken to the server that they call where its own log has one, too, and two
 * clients or more are told the same. Each hit with the workloads of its clients.
 */
export function sharedAmong(view: View, hits: readonly LogHit[]): (readonly [LogHit, ObjectRef[]])[] {
  const of = (hit: LogHit) => subjectOf(view, hit.log);
  const served = hits.map((hit): readonly [LogHit, readonly LogHit[]] => {
    const server = of(hit);
    const own = hits.filter((other) => {
      const client = of(other);
      return server !== undefined && client !== undefined && isClientOf(view, client, server);
    });
    return [hit, new Set(own.map((one) => refText(of(one) ?? { kind: '', name: '' }))).size >= CLIENTS ? own : []];
  });
  const suffering = new Set(served.flatMap(([, clients]) => clients));
  return served
    .filter(([hit]) => !suffering.has(hit))
    .map(([hit, clients]) => [
      hit,
      [...new Map(clients.flatMap((one) => of(one) ?? []).map((ref) => [refText(ref), ref])).values()],
    ]);
}

import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, isObject, type Json, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const ROUTE = /^(?:HTTP|GRPC|TLS|TCP|UDP)Route$/;
/** Meshes have routes of the same names, whose parents are no Gateways. */
const GROUP = /^gateway\.networking\.(?:x-)?k8s\.io\//;

function routes(view: View): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref }) => ROUTE.test(ref.kind) && (ref.apiVersion === undefined || GROUP.test(ref.apiVersion)),
  );
}

/** A condition of any parent of a route that is False; describe does not always print parents as a list. */
function refused(value: unknown, type: string, depth = 5): Json | undefined {
  if (depth === 0) return undefined;
  const members: readonly unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if (isObject(value) && value.type === type && text(value.status) === 'False' && value.reason !== undefined)
    return value;
  for (const member of members) {
    const found = refused(member, type, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refsIn(value: unknown): Json[] {
  return [...objects(value), ...(isObject(value) ? [value] : [])];
}

function where(route: SceneObject, ref: Json): { namespace?: string } {
  const namespace = text(ref.namespace) ?? route.ref.namespace;
  return namespace === undefined ? {} : { namespace };
}

/** The first object that a route names and that a full list of its kind does not have. */
function missing(view: View, route: SceneObject, refs: readonly Json[], kind: string): ObjectRef | undefined {
  return refs
    .filter((ref) => (text(ref.kind) ?? kind) === kind && text(ref.name) !== undefined)
    .map((ref): ObjectRef => ({ kind, name: text(ref.name) ?? '', ...where(route, ref) }))
    .find(
      (wanted) =>
        view.scene.listed.has(kind, wanted.namespace) &&
        !view.scene.objects.some(
          ({ ref }) =>
            ref.kind === kind &&
            ref.name === wanted.name &&
            (ref.namespace === undefined || wanted.namespace === undefined || ref.namespace === wanted.namespace),
        ),
    );
}

function backendRefs(route: SceneObject): Json[] {
  return refsIn(at(route.object, 'spec', 'rules')).flatMap((rule) => refsIn(rule.backendRefs));
}

function draft(
  route: SceneObject,
  condition: Json | undefined,
  path: string,
  says: string,
  involves: readonly ObjectRef[],
  remedies: Draft['remedies'],
): Draft {
  const reason = text(condition?.reason) ?? '';
  const message = text(condition?.message) ?? '';
  return {
    object: { ...route.ref, path },
    summary: `${named(route.ref)} ${says}${message === '' ? '' : ` (${reason}: ${message.slice(0, 240)})`}`,
    confidence: condition === undefined ? 0.85 : 0.93,
    severity: 'failed',
    citations: [
      cite(route, message.split(/["'\\\n]/)[0]?.slice(0, 40) || reason || route.ref.name) ?? citeAny(route),
      reason === '' ? undefined : cite(route, reason),
    ],
    involves,
    remedies: remedies ?? [],
  };
}

export const routeUnresolved: Analyzer = {
  kind: 'gateway-route-unresolved',
  stage: 'network',
  depth: DEPTH.ingress,
  title: 'A backend of the route is not found, or not permitted',
  about:
    'A route of the Gateway API names a backend that does not exist or has no such port (ResolvedRefs: BackendNotFound), or one in another namespace without a ReferenceGrant (RefNotPermitted).',
  remedy: 'Correct the backendRef, create the Service, or add a ReferenceGrant in its namespace.',
  aspects: {
    'not-found': 'the Service, or the port of it, does not exist',
    'not-permitted': 'the backend is in another namespace, and no ReferenceGrant there permits it',
  },
  find: (view) =>
    routes(view).flatMap((route): Draft[] => {
      const condition = refused(at(route.object, 'status'), 'ResolvedRefs');
      const backends = backendRefs(route);
      const gone = missing(view, route, backends, 'Service');
      if (condition === undefined && gone === undefined) return [];
      const denied = /NotPermitted/.test(text(condition?.reason) ?? '');
      const named = [
        ...(gone === undefined ? [] : [gone]),
        ...backends.map((ref): ObjectRef => ({ kind: 'Service', name: text(ref.name) ?? '', ...where(route, ref) })),
      ];
      const found = draft(
        route,
        condition,
        'spec.rules.backendRefs',
        denied
          ? 'may not use its backend in another namespace'
          : gone === undefined
            ? 'names a backend that cannot be resolved'
            : `sends to the Service \`${gone.name}\`, which does not exist`,
        named.slice(0, 8),
        [
          look('See the Services', list('services', named[0] ?? route.ref)),
          denied
            ? change("Add a ReferenceGrant in the backend's namespace that permits this route", 'medium')
            : change('Correct name or port of the backendRef, or create the Service'),
        ],
      );
      return [{ ...found, aspect: denied ? 'not-permitted' : 'not-found' }];
    }),
};

export const routeNotAccepted: Analyzer = {
  kind: 'gateway-route-not-accepted',
  stage: 'network',
  depth: DEPTH.ingress - 1,
  title: 'The Gateway does not accept the route',
  about:
    "A route of the Gateway API names a Gateway or listener that does not exist (NoMatchingParent), that does not let its namespace in (NotAllowedByListeners), or whose host name does not fit the route's (NoMatchingListenerHostname).",
  remedy: "Correct parentRefs (name, namespace, sectionName) or hostnames; or the listener's allowedRoutes.",
  find: (view) =>
    routes(view).flatMap((route): Draft[] => {
      const condition = refused(at(route.object, 'status'), 'Accepted');
      const parents = refsIn(at(route.object, 'spec', 'parentRefs'));
      const gone = missing(view, route, parents, 'Gateway');
      if (condition === undefined && gone === undefined) return [];
      const gateways = parents.map(
        (ref): ObjectRef => ({ kind: 'Gateway', name: text(ref.name) ?? '', ...where(route, ref) }),
      );
      return [
        draft(
          route,
          condition,
          'spec.parentRefs',
          gone === undefined
            ? 'is not accepted by its Gateway'
            : `belongs to the Gateway \`${gone.name}\`, which does not exist`,
          gateways,
          [
            look('See listeners and whom they let in', command('kubectl', 'get', 'gateway', '-A', '-o', 'yaml')),
            change("Correct parentRefs or hostnames of the route, or allowedRoutes of the Gateway's listener"),
          ],
        ),
      ];
    }),
};

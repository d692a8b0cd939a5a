import { behind } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { refKey, sameObject } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, type Json, number, objects, strings, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { labelsOf, picks } from './pod-labels.ts';

/** How Envoy says that a route leads to nobody: its answers and the flags of its access log. */
const FELT =
  /no healthy upstream|cluster_not_found|no_healthy_upstream|\b503 (?:NC|UH|NR)\b|\b50[34]\b|\bUnavailable\b/i;

/** Destinations of a VirtualService's rules. */
export function destinationsOf(route: SceneObject): Json[] {
  return ['http', 'tls', 'tcp'].flatMap((protocol) =>
    objects(at(route.object, 'spec', protocol)).flatMap((rule) =>
      objects(rule.route).flatMap((one) => objects([at(one, 'destination')])),
    ),
  );
}

/** `name`, `name.namespace`, `name.namespace.svc…` as a Service; a host outside of the cluster is none. */
function serviceNamed(host: string, namespace: string | undefined): { name: string; namespace?: string } | undefined {
  const match = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.[\w.-]+)?)?)?$/.exec(host);
  if (match === null || /\.(?:com|org|net|io|dev)$/.test(host)) return undefined;
  const space = match[2] ?? namespace;
  return { name: match[1] ?? host, ...(space === undefined ? {} : { namespace: space }) };
}

/** Why a destination leads nowhere, as far as the evidence knows. */
function wrongWith(view: View, route: SceneObject, destination: Json): string | undefined {
  const host = text(destination.host) ?? '';
  const meant = serviceNamed(host, route.ref.namespace);
  if (meant === undefined) return undefined;
  const around = view.scene.objects.filter(
    ({ ref }) => ref.kind === 'Service' && ref.namespace !== undefined && ref.namespace === meant.namespace,
  );
  const service = around.find(({ ref }) => ref.name === meant.name);
  const subset = text(destination.subset);
  if (service === undefined) {
    const listed = view.scene.listed.has('Service', meant.namespace) && around.length > 1;
    if (listed) return `there is no Service ${meant.name}`;
    return subset === undefined ? undefined : wrongSubset(view, meant.name, subset);
  }
  const port = number(at(destination, 'port', 'number'));
  const ports = objects(at(service.object, 'spec', 'ports')).flatMap((one) => number(one.port) ?? []);
  if (port !== undefined && ports.length > 0 && !ports.includes(port))
    return `Service ${meant.name} has port ${ports.join(', ')} and not ${port}`;
  return subset === undefined ? undefined : wrongSubset(view, meant.name, subset, service);
}

function wrongSubset(view: View, name: string, subset: string, service?: SceneObject): string | undefined {
  const rules = view.scene.objects.filter(
    ({ ref, object, sightings }) =>
      ref.kind === 'DestinationRule' &&
      sightings.some(({ partial }) => !partial) &&
      (text(at(object, 'spec', 'host')) ?? '').split('.')[0] === name,
  );
  if (rules.length === 0) return undefined;
  const subsets = rules.flatMap(({ object }) => objects(at(object, 'spec', 'subsets')));
  const own = subsets.find((one) => one.name === subset);
  if (own === undefined) return `no DestinationRule defines subset ${subset} of ${name}`;
  if (service === undefined) return undefined;
  const targets = behind(view.scene, view.pods, [service]);
  const known = view.pods
    .filter(({ ref }) => targets.some((target) => sameObject(target, ref)))
    .map((pod) => labelsOf(view, pod));
  const labels = Object.entries(strings(own.labels)).map(([key, value]) => `${key}=${value}`);
  return known.length > 0 && known.every((one) => picks({ matchLabels: own.labels }, one) === false)
    ? `subset ${subset} picks pods with ${labels.join(',')}, which none behind ${name} has`
    : undefined;
}

function felt(view: View): Draft['citations'][number] {
  for (const { item, lines } of view.scene.logs) {
    const line = lines.find(({ text: said, level }) => level !== 'debug' && FELT.test(said.slice(0, 2000)));
    if (line !== undefined)
      return { evidence: item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) };
  }
  return view.checks.find(({ outcome }) => outcome === 'http-error')?.cite();
}

/** What `istioctl analyze` says of a route whose destination is not there (its message 0101). */
const ANALYZED = /^Error \[IST0101\] \(VirtualService (?:([a-z0-9-]+)\/)?([a-z0-9.-]+)\) (Referenced .* not found.*)$/;

function analyzed(view: View): Draft[] {
  const found = view.scene.items.flatMap((item) =>
    !/\bIST0101\b/.test(item.text)
      ? []
      : item.text.split('\n').flatMap((line, index) => {
          const [, namespace, name, said = ''] = ANALYZED.exec(line.trim()) ?? [];
          if (name === undefined) return [];
          const ref = { kind: 'VirtualService', name, ...(namespace === undefined ? {} : { namespace }) };
          return [{ ref, said, citation: citeLines(item, index) }];
        }),
  );
  return [...Map.groupBy(found, ({ ref }) => refKey(ref)).values()].flatMap((own): Draft[] => {
    const [first] = own;
    if (first === undefined) return [];
    return [
      {
        object: { ...first.ref, path: 'spec' },
        summary: `${named(first.ref)} sends requests to nobody: ${own.map(({ said }) => said.replace(/^R/, 'r')).join('; ')}`,
        confidence: 0.9,
        severity: 'failed',
        citations: own.map(({ citation }) => citation),
        remedies: [
          look('Compare routes and subsets', list('virtualservices,destinationrules', first.ref, '-o', 'yaml')),
          change('Correct host, port or subset of the route'),
        ],
      },
    ];
  });
}

export const meshRouteUnresolved: Analyzer = {
  kind: 'mesh-route-unresolved',
  stage: 'network',
  depth: DEPTH.config,
  title: 'A route of the mesh leads to nobody',
  about:
    'A VirtualService sends to a Service or port that does not exist, or to a subset that no DestinationRule defines or that picks no pod: the proxies answer 503.',
  remedy: 'Correct host, port or subset of the VirtualService, or the labels of the subset.',
  find: (view) => {
    const told = analyzed(view);
    const others = view.scene.objects.flatMap((route): Draft[] => {
      if (route.ref.kind !== 'VirtualService' || told.some(({ object }) => sameObject(object, route.ref))) return [];
      const [why] = destinationsOf(route).flatMap((one) => wrongWith(view, route, one) ?? []);
      if (why === undefined) return [];
      const symptom = felt(view);
      const services = destinationsOf(route).flatMap((one) => {
        const meant = serviceNamed(text(one.host) ?? '', route.ref.namespace);
        return meant === undefined ? [] : [{ kind: 'Service', ...meant }];
      });
      return [
        {
          object: { ...route.ref, path: 'spec' },
          summary: `${named(route.ref)} sends requests to nobody: ${why}`,
          confidence: symptom === undefined ? 0.75 : 0.92,
          severity: symptom === undefined ? 'degraded' : 'failed',
          citations: [cite(route, /subset|host:|Host:/) ?? citeAny(route), symptom],
          involves: services,
          remedies: [
            look('Compare routes and subsets', list('virtualservices,destinationrules', route.ref, '-o', 'yaml')),
            change('Correct host, port or subset of the route'),
          ],
        },
      ];
    });
    return [...told, ...others];
  },
};

import { behind, isOfPort } from '../../../../src/evidence/calls.ts';
import { get, list } from '../../../../src/evidence/commands/kubectl.ts';
import { type Citation, type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { selectorOf, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, number, objects, strings, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { subjectOf } from '../startup/log-errors.ts';
import { podsBehind } from './listens-elsewhere.ts';

/** How many other Services must do as one should: fewer are no convention. */
const MANY = 3;

function beside(view: View, service: SceneObject): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref }) => ref.kind === 'Service' && ref.namespace === service.ref.namespace && ref.name !== service.ref.name,
  );
}

/**
 * A Service without endpoints although all pods of the workload of its name are ready, whose selector is unlike those of the Services
 * beside it: they select by their own name (`app=fares`), and it does not, or it asks for a label more. Only where no labels of the pods are seen.
 *
 * @param empty the citation of its missing endpoints
 */
export function unlikeSelector(view: View, service: SceneObject, empty: Citation | undefined): Draft[] {
  const selector = Object.entries(selectorOf(service));
  const own = behind(view.scene, view.pods, [service]);
  const pods = view.pods.filter((pod) => own.some((ref) => sameObject(ref, pod.ref)));
  if (pods.length === 0 || pods.some((pod) => !pod.ready || Object.keys(pod.labels).length > 0)) return [];
  const others = beside(view, service).filter((one) => Object.keys(selectorOf(one)).length > 0);
  const usual = others.filter((one) => {
    const [entry, ...more] = Object.entries(selectorOf(one));
    return more.length === 0 && entry !== undefined && entry[1] === one.ref.name && entry[0] in selectorOf(service);
  });
  const odd = selector.length > 1 || selector[0]?.[1] !== service.ref.name;
  if (usual.length < MANY || usual.length < others.length / 2 || !odd) return [];
  const [key] = Object.keys(selectorOf(usual[0] as SceneObject));
  const said = selector.map((entry) => entry.join('=')).join(',');
  return [
    {
      object: { ...service.ref, path: 'spec.selector' },
      summary: `${named(service.ref)} selects \`${said}\` and has no endpoints, although ${named(workloadOf(view.scene, pods[0]?.ref ?? service.ref))} is ready; the Services beside it select \`${key}=<their name>\` alone`,
      confidence: 0.86,
      severity: 'failed',
      citations: [
        cite(service, said) ?? citeAny(service),
        empty,
        ...pods.slice(0, 1).map(({ source }) => citeAny(source)),
      ],
      involves: own.slice(1),
      remedies: [
        look('Compare selector and labels', list('pods', service.ref, '--show-labels')),
        change(`Set the selector of Service ${service.ref.name} to the labels of its pods`),
      ],
    },
  ];
}

/** A number that is named as the target of its port, where the Service's pods are ready and refuse what comes there. */
export function refusedTarget(view: View, service: SceneObject): Draft[] {
  const ports = objects(at(service.object, 'spec', 'ports'));
  const pods = podsBehind(view, service);
  if (pods.length === 0 || pods.some((pod) => !pod.ready)) return [];
  return ports.flatMap((port): Draft[] => {
    const target = number(port.targetPort);
    const own = number(port.port);
    if (target === undefined || own === undefined || target === own) return [];
    const check = view.checks.find(
      ({ outcome, said }) => outcome === 'refused' && isOfPort(view.scene, service, own, said),
    );
    if (check === undefined) return [];
    return [
      {
        object: { ...service.ref, path: 'spec.ports.targetPort' },
        summary: `${named(service.ref)} sends its port ${own} to ${target}, where its pods refuse connections although they are ready`,
        confidence: 0.84,
        severity: 'failed',
        citations: [
          cite(service, /TargetPort:|targetPort/) ?? citeAny(service),
          check.cite(),
          ...pods.slice(0, 1).map(({ source }) => citeAny(source)),
        ],
        involves: behind(view.scene, view.pods, [service]).slice(1),
        remedies: [
          look('See the ports behind the Service', get(service.ref)),
          change(`Set targetPort of Service ${service.ref.name} to the port on which its pods listen`),
        ],
      },
    ];
  });
}

const UNANSWERED = /refused|timed? ?out|timeout|deadline exceeded|unreachable/i;

/** The only ConfigMap beside a caller that holds the address that it calls, and its key. */
function setIn(view: View, caller: ObjectRef, address: RegExp, port: number) {
  const found = view.scene.objects.flatMap((map) => {
    if (map.ref.kind !== 'ConfigMap' || map.ref.namespace !== caller.namespace) return [];
    const key = Object.entries(strings(map.object.data)).find(
      ([, value]) => Number(address.exec(value.slice(0, 2000))?.[1]) === port,
    )?.[0];
    return key === undefined ? [] : [{ map, key, object: { ...map.ref, path: `data.${key}` } }];
  });
  return found.length === 1 ? found[0] : undefined;
}

/**
 * Calls in vain to a port that a Service does not have, as the logs of those who call tell. Where its pods serve that port, or several
 * programs mean it, the Service is what differs; else the one who calls.
 *
 * @param known callers of which an address is known to be wrong
 */
export function portNotServed(view: View, known: readonly ObjectRef[]): Draft[] {
  return view.scene.objects.flatMap((service): Draft[] => {
    if (service.ref.kind !== 'Service' || service.ref.name.length < 3) return [];
    const ports = objects(at(service.object, 'spec', 'ports')).flatMap((port) => number(port.port) ?? []);
    const address = text(at(service.object, 'spec', 'clusterIP'));
    if (ports.length === 0 || address === undefined || address === 'None') return [];
    const asked = new RegExp(
      `(?<![\\w.-])(?:${service.ref.name}|${address})(?:\\.[a-z0-9.-]+)?:(\\d{2,5})\\b`.replaceAll(/(\d)\./g, '$1\\.'),
    );
    const calls = view.scene.logs.flatMap((log) => {
      const line = log.lines.find(({ text: said }) => {
        const port = Number(asked.exec(said.slice(0, 2000))?.[1]);
        return port > 0 && !ports.includes(port) && UNANSWERED.test(said);
      });
      const caller = line === undefined ? undefined : subjectOf(view, log);
      if (line === undefined || caller === undefined || caller.name === service.ref.name) return [];
      if (known.some((one) => sameObject(one, caller))) return [];
      const citation = { evidence: log.item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) };
      return [{ caller, port: Number(asked.exec(line.text.slice(0, 2000))?.[1]), citation }];
    });
    const [first] = calls;
    if (first === undefined || calls.some(({ port }) => port !== first.port)) return [];
    const callers = calls.filter(
      ({ caller }, index) => calls.findIndex((one) => sameObject(one.caller, caller)) === index,
    );
    const serves =
      podsBehind(view, service).some(({ containers }) =>
        containers.some(({ spec }) => objects(spec.ports).some((port) => number(port.containerPort) === first.port)),
      ) ||
      view.scene.objects.some(
        ({ ref, object }) =>
          ref.kind === 'Endpoints' &&
          ref.name === service.ref.name &&
          asArray(object.addresses).some((one) => String(one).endsWith(`:${first.port}`)),
      );
    const inService = callers.length > 1 || serves;
    const set = inService ? undefined : setIn(view, first.caller, asked, first.port);
    return [
      {
        object: inService ? { ...service.ref, path: 'spec.ports.port' } : (set?.object ?? first.caller),
        summary: `${named(first.caller)} calls port ${first.port} of Service ${service.ref.name}, which has ${ports.join(', ')} and not ${first.port}${set === undefined ? '' : `; it is set in ${named(set.map.ref)} (${set.key})`}`,
        confidence: 0.86,
        severity: 'failed',
        citations: [
          cite(service, /Port:|"port"|port:|\/TCP/) ?? citeAny(service),
          ...calls.slice(0, 2).map((call) => call.citation),
          set === undefined ? undefined : cite(set.map, set.key),
        ],
        involves: [...callers.map(({ caller }) => caller), service.ref],
        remedies: [
          look('See the Service', get(service.ref)),
          change(
            inService
              ? `Let Service ${service.ref.name} have port ${first.port}`
              : set === undefined
                ? `Let ${first.caller.name} call port ${ports[0]}`
                : `Correct ${set.key} in ${set.map.ref.kind} ${set.map.ref.name} to port ${ports[0]}`,
          ),
        ],
      },
    ];
  });
}

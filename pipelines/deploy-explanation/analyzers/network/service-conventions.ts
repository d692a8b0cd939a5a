import { behind, servicesIn } from '../../../../src/evidence/calls.ts';
import { type Citation, sameObject } from '../../../../src/evidence/model.ts';
import { selectorOf, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects } from '../../../../src/json.ts';
import { get, list } from '../../commands/kubectl.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
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
      ({ outcome, said }) =>
        outcome === 'refused' &&
        servicesIn(view.scene, said).includes(service) &&
        new RegExp(`[\\s:]${own}\\b`).test(said),
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

import { citeLines } from '../../../../src/evidence/cite.ts';
import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { backendsOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, text } from '../../../../src/json.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { ingressesPassedOver, servicesMissed } from './controller-log.ts';

function ingresses(view: View): SceneObject[] {
  return view.scene.objects.filter(({ ref }) => ref.kind === 'Ingress');
}

const DEFAULT = 'ingressclass.kubernetes.io/is-default-class';

/** An Ingress that names no class, has no address, and for which no class is the default. */
function withoutClass(view: View, ingress: SceneObject): Draft | undefined {
  const { object, ref } = ingress;
  if (text(at(object, 'spec', 'ingressClassName')) !== undefined) return undefined;
  if (at(object, 'metadata', 'annotations', 'kubernetes.io/ingress.class') !== undefined) return undefined;
  const passed = ingressesPassedOver(view).find(
    ({ namespace, name }) => name === ref.name && (ref.namespace === undefined || ref.namespace === namespace),
  );
  const classes = view.scene.objects.filter((one) => one.ref.kind === 'IngressClass');
  // Rows show no annotations: which class is the default only a whole object tells.
  const whole = classes.filter(({ sightings }) => sightings.some(({ partial }) => !partial));
  const noDefault =
    whole.length > 0 &&
    whole.length === classes.length &&
    whole.every((one) => text(at(one.object, 'metadata', 'annotations', DEFAULT)) !== 'true');
  const shown = ingress.sightings.map(() => cite(ingress, /Ingress Class:\s+<none>|\s<none>\s/)).find((one) => one);
  if (passed === undefined && (!noDefault || shown === undefined)) return undefined;
  return {
    object: { ...ref, path: 'spec.ingressClassName' },
    summary: `${named(ref)} names no ingress class and no class is the default, so no controller serves it and it has no address`,
    confidence: 0.92,
    severity: 'failed',
    citations: [shown, passed?.cite(), citeAny(whole[0])],
    involves: backendsOf(ingress).map((service) => ({
      kind: 'Service',
      name: service,
      ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
    })),
    remedies: [
      look('See which classes there are', command('kubectl', 'get', 'ingressclass')),
      change('Set ingressClassName to the class of the controller that is to serve it'),
    ],
  };
}

export const ingressClassMissing: Analyzer = {
  kind: 'ingress-class-missing',
  stage: 'network',
  depth: DEPTH.ingress,
  title: "The Ingress's class does not exist",
  about:
    'No controller serves the Ingress, because its class is not among the IngressClasses of the cluster (or it names none and there is no default). Such an Ingress gets no address.',
  remedy: 'Correct ingressClassName, or install a controller with that class.',
  find: (view) =>
    ingresses(view).flatMap((ingress): Draft[] => {
      const name = text(at(ingress.object, 'spec', 'ingressClassName'));
      const classes = view.scene.objects.filter(({ ref }) => ref.kind === 'IngressClass');
      const none = view.scene.absences.find((absence) => absence.kind === 'IngressClass');
      const address = asArray(at(ingress.object, 'status', 'loadBalancer', 'ingress')).length > 0;
      if (!address && name === undefined) return [withoutClass(view, ingress) ?? []].flat();
      if (address || name === undefined || classes.some(({ ref }) => ref.name === name)) return [];
      const certain = none !== undefined || view.scene.listed.has('IngressClass', undefined);
      if (!certain && at(ingress.object, 'status', 'loadBalancer') === undefined) return [];
      return [
        {
          object: { ...ingress.ref, path: 'spec.ingressClassName' },
          summary: certain
            ? `${named(ingress.ref)} asks for the ingress class \`${name}\`, which does not exist${none === undefined ? ` (there ${classes.length === 1 ? 'is only' : 'are'} ${classes.map(({ ref }) => `\`${ref.name}\``).join(', ')})` : ': the cluster has no IngressClass at all'}, so no controller serves it and it has no address`
            : `${named(ingress.ref)} has no address: no controller serves its ingress class \`${name}\``,
          confidence: certain ? 0.94 : 0.7,
          severity: 'failed',
          citations: [
            cite(ingress, name),
            none === undefined ? citeAny(classes[0]) : citeLines(none.item, 0),
            cite(ingress, /^Address:/),
          ],
          involves: backendsOf(ingress).map((service) => ({
            kind: 'Service',
            name: service,
            ...(ingress.ref.namespace === undefined ? {} : { namespace: ingress.ref.namespace }),
          })),
          remedies: [
            look('See which classes there are', command('kubectl', 'get', 'ingressclass')),
            change(`Correct ingressClassName \`${name}\`, or install a controller with that class`),
          ],
        },
      ];
    }),
};

export const backendMissing: Analyzer = {
  kind: 'ingress-backend-missing',
  stage: 'network',
  depth: DEPTH.ingress,
  title: 'The Ingress sends to a Service that does not exist',
  about: 'A rule names a Service that is not in the namespace (describe prints `<error: services "x" not found>`).',
  remedy: 'Correct the name of the Service in the rule, or create it.',
  find: (view) =>
    ingresses(view).flatMap((ingress): Draft[] => {
      const said = ingress.sightings
        .map(({ item }) => /<error: (?:services|endpoints) "([^"]+)" not found>/.exec(item.text))
        .find((match) => match !== null);
      const listed = view.scene.listed.has('Service', ingress.ref.namespace);
      const missed = servicesMissed(view).find(
        ({ namespace, name }) =>
          backendsOf(ingress).includes(name) &&
          (ingress.ref.namespace === undefined || ingress.ref.namespace === namespace),
      );
      const gone =
        said?.[1] ??
        missed?.name ??
        (listed
          ? backendsOf(ingress).find(
              (name) => !view.scene.objects.some(({ ref }) => ref.kind === 'Service' && ref.name === name),
            )
          : undefined);
      const event = about(view, ingress.ref).find((message) =>
        /service "?[\w/-]+"? (?:not found|does not exist)/i.test(message.text),
      );
      if (gone === undefined) return [];
      return [
        {
          object: { ...ingress.ref, path: 'spec.rules' },
          summary: `${named(ingress.ref)} sends to the Service \`${gone}\`, which does not exist`,
          confidence: said === undefined && missed === undefined ? 0.85 : 0.94,
          severity: 'failed',
          citations: [cite(ingress, gone), event?.cite(), missed?.cite()],
          involves: [{ kind: 'Service', name: gone }],
          remedies: [
            look('See the Services', list('services', ingress.ref)),
            change(`Correct the Service \`${gone}\` in the rule, or create it`),
          ],
        },
      ];
    }),
};

import { get, list } from '../../../../src/evidence/commands/kubectl.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects, text } from '../../../../src/json.ts';
import { liveEdit } from '../../live-edit.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { tlsSecretsMissed } from './controller-log.ts';

function ingresses(view: View): SceneObject[] {
  return view.scene.objects.filter(({ ref }) => ref.kind === 'Ingress');
}

function serviceOf(view: View, ingress: SceneObject, name: string): SceneObject | undefined {
  const ref = {
    kind: 'Service',
    name,
    ...(ingress.ref.namespace === undefined ? {} : { namespace: ingress.ref.namespace }),
  };
  return view.scene.objects.find((candidate) => sameObject(candidate.ref, ref));
}

export const ingressBackendPort: Analyzer = {
  kind: 'ingress-backend-port',
  stage: 'network',
  depth: DEPTH.ingress,
  title: 'The Ingress sends to a port that the Service does not have',
  about: "A rule names a port that is not among the Service's ports, so its controller answers 503 (or 404).",
  remedy: "Set the backend's port to a port (or port name) of the Service.",
  find: (view) =>
    ingresses(view).flatMap((ingress) =>
      objects(at(ingress.object, 'spec', 'rules')).flatMap((rule, ruleIndex) =>
        objects(at(rule, 'http', 'paths')).flatMap((path, pathIndex): Draft[] => {
          const name = text(at(path, 'backend', 'service', 'name')) ?? '';
          const wanted = at(path, 'backend', 'service', 'port');
          const asked = number(at(wanted, 'number')) ?? text(at(wanted, 'name'));
          const service = serviceOf(view, ingress, name);
          const ports = objects(at(service?.object, 'spec', 'ports'));
          if (asked === undefined) return [];
          if (service === undefined || ports.length === 0)
            return isPortless(ingress, name, asked) ? [portless(ingress, name, asked)] : [];
          if (ports.some((port) => number(port.port) === asked || text(port.name) === asked)) return [];
          // A table's row shows no names of ports.
          if (typeof asked === 'string' && !service.sightings.some(({ partial }) => !partial)) return [];
          return [
            {
              object: { ...ingress.ref, path: 'spec.rules' },
              summary: `${named(ingress.ref)} sends to port ${asked} of Service ${name}, which has ${ports.map((port) => text(port.port)).join(', ')}`,
              confidence: 0.92,
              severity: 'failed',
              citations: [
                cite(ingress, new RegExp(`${name}:${asked}\\b`)) ?? cite(ingress, String(asked)) ?? citeAny(ingress),
                cite(service, /Port:|"port"|port:|\/TCP/) ?? citeAny(service),
              ],
              involves: [service.ref],
              remedies: [
                look("See the Service's ports", get({ ...ingress.ref, apiVersion: 'v1', kind: 'Service', name })),
                change(`Set the port of the backend ${name} to ${ports.map((port) => text(port.port)).join(' or ')}`),
                ...(ports.length === 1 && number(ports[0]?.port) !== undefined
                  ? liveEdit(ingress, `send to port ${number(ports[0]?.port)} of Service ${name}`, [
                      {
                        path: ['spec', 'rules', ruleIndex, 'http', 'paths', pathIndex, 'backend', 'service', 'port'],
                        value: { number: number(ports[0]?.port) ?? 0 },
                      },
                    ])
                  : []),
              ],
            },
          ];
        }),
      ),
    ),
};

/** Whether a description says, with brackets that hold nothing, that the Service is there and has no such port: one without endpoints is `<none>`. */
function isPortless({ object }: SceneObject, name: string, asked: string | number): boolean {
  return objects(object.backends).some(
    ({ service, port, endpoints }) => service === name && port === String(asked) && endpoints === '',
  );
}

function portless(ingress: SceneObject, name: string, asked: string | number): Draft {
  return {
    object: { ...ingress.ref, path: 'spec.rules' },
    summary: `${named(ingress.ref)} sends to port ${asked} of Service ${name}, which has no such port`,
    confidence: 0.9,
    severity: 'failed',
    citations: [cite(ingress, `${name}:${asked} ()`) ?? citeAny(ingress)],
    involves: [{ ...ingress.ref, kind: 'Service', name }],
    remedies: [
      look("See the Service's ports", get({ ...ingress.ref, apiVersion: 'v1', kind: 'Service', name })),
      change(`Set the port of the backend ${name} to one that the Service has`),
    ],
  };
}

function missing(object: ObjectRef, name: string, citations: Draft['citations']): Draft {
  return {
    object: object.kind === 'Secret' ? object : { ...object, path: 'spec.tls' },
    summary: `${object.kind === 'Secret' ? 'An Ingress' : named(object)} takes its certificate from the Secret \`${name}\`, which does not exist`,
    confidence: 0.93,
    severity: 'failed',
    citations,
    involves: [{ kind: 'Secret', name }],
    remedies: [
      look('See which Secrets there are', list('secrets', object)),
      change(`Create the Secret \`${name}\` of type kubernetes.io/tls, or correct its name`),
    ],
  };
}

export const ingressTlsSecretMissing: Analyzer = {
  kind: 'ingress-tls-secret-missing',
  stage: 'network',
  depth: DEPTH.ingress - 1,
  title: 'The TLS Secret of the Ingress does not exist',
  about:
    'spec.tls names a Secret that is not in the namespace, so the controller answers with its own (self-signed) certificate.',
  remedy: 'Create the Secret (type kubernetes.io/tls), or correct its name.',
  find: (view) => {
    const missed = tlsSecretsMissed(view);
    const seen = ingresses(view).flatMap((ingress) =>
      objects(at(ingress.object, 'spec', 'tls')).flatMap((tls): Draft[] => {
        const name = text(tls.secretName);
        if (name === undefined) return [];
        const near = ({ namespace }: { readonly namespace?: string | undefined }) =>
          namespace === undefined || ingress.ref.namespace === undefined || namespace === ingress.ref.namespace;
        const exists = view.scene.objects.some(({ ref }) => ref.kind === 'Secret' && ref.name === name && near(ref));
        const message =
          about(view, ingress.ref).find(
            ({ text: said }) => said.includes(name) && /not found|does not exist|no object matching/.test(said),
          ) ?? missed.find((one) => one.name === name && near(one));
        if (exists || (message === undefined && !view.scene.listed.has('Secret', ingress.ref.namespace))) return [];
        return [missing(ingress.ref, name, [cite(ingress, name), message?.cite()])];
      }),
    );
    const unseen = missed
      .filter(({ name }) => !seen.some(({ involves }) => involves?.some((ref) => ref.name === name)))
      .map(({ namespace, name, cite: quote }) => missing({ kind: 'Secret', namespace, name }, name, [quote()]));
    return [...seen, ...unseen];
  },
};

import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { type HttpAnswer, httpAnswers } from '../../../../src/evidence/http-answers.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, number, objects, text } from '../../../../src/json.ts';
import { distance } from '../../../../src/nearest.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** One path of a rule of an Ingress. */
interface Route {
  readonly ingress: SceneObject;
  readonly host?: string;
  readonly path: string;
  readonly service: string;
  readonly port: string | undefined;
}

function routes(view: View): Route[] {
  return view.scene.objects
    .filter(({ ref }) => ref.kind === 'Ingress')
    .flatMap((ingress) =>
      objects(at(ingress.object, 'spec', 'rules')).flatMap((rule) =>
        objects(at(rule, 'http', 'paths')).flatMap((entry): Route[] => {
          const service = text(at(entry, 'backend', 'service', 'name'));
          const port = at(entry, 'backend', 'service', 'port');
          const host = text(rule.host);
          if (service === undefined) return [];
          return [
            {
              ingress,
              ...(host === undefined ? {} : { host }),
              path: text(entry.path) ?? '/',
              service,
              port: text(at(port, 'number')) ?? text(at(port, 'name')),
            },
          ];
        }),
      ),
    );
}

/** `cart` of `cart-svc`, `cart-service`, `cart-api`. */
const stem = (name: string) => name.replace(/-(?:svc|service|api|server|http|web)$/, '');
/** What a program answers that does not know the path or the method; that it wants a password is its own. */
const MISROUTED: ReadonlySet<number> = new Set([404, 405, 501]);

/** `shop` of `shop-web`: what the names of parts of one application begin with. */
const family = (name: string) => name.split('-').slice(0, -1).join('-');
const role = (path: string) => /^\/([a-z0-9]+)/.exec(path)?.[1];
const segment = (path: string) => /^\/(?:api\/)?(?:v\d+\/)?([a-z0-9][a-z0-9-]*)/.exec(path)?.[1];

function services(view: View, near: SceneObject): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref }) =>
      ref.kind === 'Service' &&
      (ref.namespace === undefined || near.ref.namespace === undefined || ref.namespace === near.ref.namespace),
  );
}

const failed = ({ status }: HttpAnswer) => status >= 400;

function answerTo(answers: readonly HttpAnswer[], { host, path }: Route): HttpAnswer | undefined {
  return answers.find(
    (answer) => failed(answer) && (host === undefined || answer.host === host) && answer.path.startsWith(path),
  );
}

/** A port that is meant for other callers than browsers: where a Service has another one, the rule likely means that. */
const OTHER = /metric|prom|admin|health|debug|probe|grpc|manage|status/i;

export const ingressBackendWrong: Analyzer = {
  kind: 'ingress-backend-wrong',
  stage: 'network',
  depth: DEPTH.ingress + 1,
  title: 'A rule of the Ingress sends to the wrong Service or port',
  about:
    'The Service and port of the rule exist, but another Service of the namespace is the one that the path or host names (and no rule sends there), or the port is the one for metrics or administration. A request that is answered with an error makes it certain.',
  remedy: 'Set the backend of the rule to the Service and port that the path is meant for.',
  aspects: {
    service: 'the rule sends to another Service than the one that its path or host names',
    port: 'the rule sends to a port of the Service that is meant for something else',
  },
  find: (view) => {
    const all = routes(view);
    const answers = httpAnswers(view.scene);
    return all.flatMap((route): Draft[] => {
      const { ingress, path, host, service, port } = route;
      const known = services(view, ingress);
      const own = known.find(({ ref }) => ref.name === service);
      if (own === undefined) return [];
      const answer = answerTo(answers, route);
      const words = [segment(path), role(path), ...(answer === undefined ? [] : [host?.split('.')[0]])];
      const meant = words
        .filter(
          (word): word is string => word !== undefined && !service.includes(word) && !word.includes(stem(service)),
        )
        .flatMap((word) =>
          known.filter(
            ({ ref }) =>
              stem(ref.name) === word ||
              // `shop-api` beside the `shop-web` of a rule, where a request to `/api` fails.
              (MISROUTED.has(answer?.status ?? 0) &&
                family(service) !== '' &&
                ref.name === `${family(service)}-${word}`),
          ),
        )
        .find(({ ref }) => !all.some((other) => other.service === ref.name));
      const ports = objects(at(own.object, 'spec', 'ports'));
      const used = ports.find((candidate) => text(candidate.port) === port || text(candidate.name) === port);
      const better = ports.find(
        (candidate) => text(candidate.name) !== undefined && !OTHER.test(text(candidate.name) ?? ''),
      );
      const odd =
        meant === undefined && OTHER.test(text(used?.name) ?? '') && better !== undefined && !OTHER.test(path);
      if (meant === undefined && !odd) return [];
      const where = `${host ?? ''}${path}`;
      return [
        {
          object: { ...ingress.ref, path: 'spec.rules' },
          aspect: odd ? 'port' : 'service',
          summary:
            meant === undefined
              ? `${named(ingress.ref)} sends \`${where}\` to port ${port} (\`${text(used?.name)}\`) of Service ${service}, while its port ${number(better?.port)} (\`${text(better?.name)}\`) is the one for such requests`
              : `${named(ingress.ref)} sends \`${where}\` to Service ${service}, although there is a Service \`${meant.ref.name}\`, to which no rule sends${answer === undefined ? '' : `; a request there is answered with ${answer.status}`}`,
          confidence: answer === undefined ? 0.6 : 0.88,
          severity: answer === undefined ? 'degraded' : 'failed',
          citations: [
            cite(ingress, new RegExp(`${service}:${port ?? ''}`)) ?? cite(ingress, service),
            answer?.cite(),
            citeAny(meant ?? own),
          ],
          involves: [own.ref, ...(meant === undefined ? [] : [meant.ref])],
          remedies: [
            look('See the Services', list('services', ingress.ref)),
            change(
              meant === undefined
                ? `Set the port of the backend to ${number(better?.port)}`
                : `Set the backend of \`${where}\` to the Service \`${meant.ref.name}\``,
            ),
          ],
        },
      ];
    });
  },
};

/** Hosts that Ingresses and routes of the Gateway API serve; `undefined` stands for one that serves any host. */
function hosts(view: View): { host: string | undefined; source: SceneObject }[] {
  return view.scene.objects.flatMap((source): { host: string | undefined; source: SceneObject }[] => {
    if (source.ref.kind === 'Ingress')
      return objects(at(source.object, 'spec', 'rules')).map((rule) => ({ host: text(rule.host), source }));
    if (!/^(?:HTTP|GRPC|TLS)Route$/.test(source.ref.kind)) return [];
    const names = asArray(at(source.object, 'spec', 'hostnames')).map(text);
    return (names.length === 0 ? [undefined] : names).map((host) => ({ host, source }));
  });
}

function serves(pattern: string | undefined, host: string): boolean {
  if (pattern === undefined) return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern.toLowerCase() === host;
}

const domain = (host: string) => host.split('.').slice(-2).join('.');

export const ingressHostUnrouted: Analyzer = {
  kind: 'ingress-host-unrouted',
  stage: 'network',
  depth: DEPTH.ingress,
  title: 'No Ingress or route serves the host',
  about:
    'A request is answered with 404 by the default backend of the ingress controller (or under the same domain), and none of the Ingresses or routes that are seen has the host that was asked for.',
  remedy: 'Correct the host of the rule, or of the one who calls; or add a rule.',
  find: (view) => {
    const known = hosts(view);
    if (known.length === 0) return [];
    return httpAnswers(view.scene).flatMap((answer): Draft[] => {
      const { host, status, byDefaultBackend } = answer;
      if (status !== 404 || !/[a-z]/.test(host) || known.some((one) => serves(one.host, host))) return [];
      if (!byDefaultBackend && !known.some((one) => domain(one.host ?? '') === domain(host))) return [];
      const [nearest] = known
        .map((one) => ({ ...one, far: distance(one.host ?? '', host) }))
        .sort((a, b) => a.far - b.far);
      const close = nearest !== undefined && nearest.far <= Math.max(2, Math.floor(host.length / 4));
      const object: ObjectRef = close ? { ...nearest.source.ref, path: 'spec.rules' } : { kind: 'Host', name: host };
      return [
        {
          object,
          summary: `No Ingress or route serves the host \`${host}\`, so a request is answered with 404${close ? `; ${named(nearest.source.ref)} serves \`${nearest.host}\`` : ''}`,
          confidence: byDefaultBackend ? 0.9 : 0.8,
          severity: 'failed',
          citations: [
            answer.cite(),
            close ? (cite(nearest.source, nearest.host ?? '') ?? citeAny(nearest.source)) : undefined,
          ],
          ...(close ? { involves: [nearest.source.ref] } : {}),
          remedies: [
            look('See which hosts are served', command('kubectl', 'get', 'ingress,httproute', '-A')),
            change(
              close
                ? `Set the host of the rule to \`${host}\`, or call \`${nearest.host}\``
                : `Add a rule for \`${host}\``,
            ),
          ],
        },
      ];
    });
  },
};

import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';
import { named, type View } from '../../view.ts';
import { type Analyzer, type Draft, look } from '../analyzer.ts';
import { subjectOf } from '../startup/log-errors.ts';

/** What Envoy's response flags say, by kind (https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage). */
interface Flag {
  readonly kind: string;
  readonly aspect?: string;
  readonly says: string;
}

const FLAGS: Readonly<Record<string, Flag>> = {
  UH: { kind: 'service-without-endpoints', says: 'no healthy endpoint is behind it' },
  UF: { kind: 'cannot-connect', says: 'no connection to it comes about' },
  NR: { kind: 'mesh-route-unresolved', says: 'no route of the proxy fits the request' },
  NC: { kind: 'mesh-route-unresolved', says: 'the route leads to a cluster that the proxy does not know' },
  UT: { kind: 'dependency-failing', aspect: 'timeout', says: 'it does not answer within the timeout of its route' },
  UC: { kind: 'dependency-failing', aspect: 'server-error', says: 'it breaks the connection off before it answers' },
  UR: { kind: 'dependency-failing', aspect: 'server-error', says: 'it resets the connection before it answers' },
  URX: { kind: 'dependency-failing', aspect: 'server-error', says: 'all retries, or connection attempts, fail' },
  UO: {
    kind: 'dependency-failing',
    aspect: 'server-error',
    says: 'the proxy sends no more requests to it: a limit of connections or requests (circuit breaking) is reached',
  },
  RL: { kind: 'upstream-rate-limited', says: 'a rate limit of the mesh refuses the request (429)' },
};

/** Status and flags of a request in an access log of Envoy; several flags are separated by commas. */
const ANSWER = /" (\d{1,3}) ((?:[A-Z]{2,4})(?:,[A-Z]{2,4})*|-) (?:[\w{}:,-]+ )/;
const CLUSTER = /\b(inbound|outbound)\|(\d*)\|[\w-]*\|([\w.-]*)/;

interface Request {
  readonly line: LogLine;
  readonly flag?: Flag;
  readonly code: string;
  readonly inbound: boolean;
  /** Whom the request was for. */
  readonly host: string;
}

function requestIn(line: LogLine): Request | undefined {
  const answer = ANSWER.exec(line.raw);
  if (answer === null) return undefined;
  const [, direction, , cluster = ''] = CLUSTER.exec(line.raw) ?? [];
  const [authority = ''] = [...line.raw.matchAll(/"([^"]*)"/g)].map(([, quoted = '']) => quoted).slice(-2);
  const code = answer[2]?.split(',').find((one) => one in FLAGS) ?? '';
  const flag = FLAGS[code];
  const host = cluster === '' ? authority.replace(/:\d+$/, '') : cluster;
  return { line, code, host, inbound: direction === 'inbound', ...(flag === undefined ? {} : { flag }) };
}

/** The Service that a host in the cluster names: `orders.shop`, `orders.shop.svc.cluster.local`, or `orders` in the caller's namespace. */
function serviceOf(host: string, caller: ObjectRef | undefined): ObjectRef | undefined {
  const [, name, namespace = caller?.namespace] =
    /^([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+)(?:\.svc(?:\.[\w.-]+)?)?)?$/.exec(host) ?? [];
  return name === undefined ? undefined : { kind: 'Service', name, ...(namespace === undefined ? {} : { namespace }) };
}

interface Failing {
  readonly request: Request;
  readonly flag: Flag;
  readonly times: number;
}

const KNOWN = new WeakMap<SceneLog, Failing[]>();

/** The newest request to each host, where it failed, with how many did. Read once: several kinds ask. */
function failing(log: SceneLog): Failing[] {
  const known = KNOWN.get(log) ?? read(log);
  KNOWN.set(log, known);
  return known;
}

function read(log: SceneLog): Failing[] {
  const byHost = new Map<string, Request[]>();
  for (const line of log.lines) {
    const request = line.raw.length > 4000 ? undefined : requestIn(line);
    if (request === undefined) continue;
    const key = `${request.inbound} ${request.host}`;
    byHost.set(key, [...(byHost.get(key) ?? []), request]);
  }
  return [...byHost.values()].flatMap((requests) => {
    const request = requests.at(-1);
    if (request?.flag === undefined) return [];
    return [{ request, flag: request.flag, times: requests.filter(({ code }) => code === request.code).length }];
  });
}

function draftsOf(view: View, kind: string): Draft[] {
  return view.scene.logs.flatMap((log) => {
    if (log.previous) return [];
    const own = subjectOf(view, log);
    return failing(log)
      .filter(({ flag }) => flag.kind === kind)
      .flatMap(({ request, flag, times }): Draft[] => {
        const callee = request.inbound ? own : serviceOf(request.host, own);
        const object = callee ?? own;
        if (object === undefined) return [];
        const { line, code } = request;
        const often = times > 1 ? ` (${times} such requests)` : '';
        return [
          {
            object,
            ...(flag.aspect === undefined ? {} : { aspect: flag.aspect }),
            summary: `The proxy${own === undefined ? '' : ` of ${named(own)}`} could not have a request to ${callee === undefined ? `\`${request.host}\`` : named(callee)} answered: ${flag.says} (response flag ${code})${often}`,
            confidence: 0.8,
            severity: 'degraded',
            citations: [{ evidence: log.item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) }],
            involves: own === undefined ? [] : [own],
            remedies: [look('Look at what is called: its pods, its log, the rules of the mesh for it')],
          },
        ];
      });
  });
}

const KINDS: ReadonlySet<string> = new Set(Object.values(FLAGS).map(({ kind }) => kind));

/** The analyzer of a kind that response flags tell of, too, made to read access logs of Envoy; any other as it is. */
export function withProxyAnswers(analyzer: Analyzer): Analyzer {
  if (!KINDS.has(analyzer.kind)) return analyzer;
  return { ...analyzer, find: (view) => [...analyzer.find(view), ...draftsOf(view, analyzer.kind)] };
}

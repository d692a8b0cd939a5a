import { type Address, addressesOf } from '../../../../src/evidence/calls.ts';
import { get } from '../../../../src/evidence/commands/kubectl.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { proxiedAddresses } from '../../../../src/evidence/proxied.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects, text } from '../../../../src/json.ts';
import { distance } from '../../../../src/nearest.ts';
import { cite, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { subjectOf } from '../startup/log-errors.ts';
import { oddPort } from './odd-port.ts';
import { portNotServed } from './service-conventions.ts';

const UNRESOLVED =
  /no such host|host not found|ENOTFOUND|EAI_AGAIN|NXDOMAIN|UnknownHost|name resolution|not known|resolve host|bad address/i;
const CLUSTER = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.[a-z0-9.-]+)?)?)?$/;

interface Wrong {
  readonly kind: 'name' | 'namespace' | 'port' | 'scheme';
  readonly service: SceneObject;
  readonly why: string;
  /** A log shows that it hurts. */
  readonly felt?: boolean;
}

const SERVICES = new WeakMap<View, SceneObject[]>();

function allServices(view: View): SceneObject[] {
  const known = SERVICES.get(view) ?? view.scene.objects.filter(({ ref }) => ref.kind === 'Service');
  SERVICES.set(view, known);
  return known;
}

function services(view: View, name: string): SceneObject[] {
  return allServices(view).filter(({ ref }) => ref.name === name);
}

/** Of namesakes the one that is meant: in the namespace of who calls, else in the one that is spelt most like the one that was asked. */
function likeliest(known: readonly SceneObject[], own: string | undefined, asked: string | undefined) {
  const far = ({ ref }: SceneObject): number =>
    ref.namespace === own ? -1 : distance(ref.namespace ?? '', asked ?? '');
  return known.toSorted((a, b) => far(a) - far(b))[0];
}

/** What an address says that the Services of the evidence contradict. */
function wrongOf(view: View, address: Address): Wrong | undefined {
  const [, name, space] = CLUSTER.exec(address.host) ?? [];
  if (name === undefined) return undefined;
  const where = space ?? address.workload.namespace;
  if (name === 'localhost') return meantForService(view, address);
  const known = services(view, name);
  const own = known.find(({ ref }) => ref.namespace === undefined || where === undefined || ref.namespace === where);
  if (own !== undefined) {
    const ports = portsOf(own);
    const port = address.port ?? impliedPort(view, address, own);
    if (port === undefined || ports.length === 0 || ports.includes(port)) return wrongScheme(view, address, own);
    if (text(at(own.object, 'spec', 'clusterIP')) === 'None') return undefined;
    return { kind: 'port', service: own, why: `Service ${name} has port ${ports.join(', ')} and not ${port}` };
  }
  const around = allServices(view).filter(({ ref }) => ref.namespace === where);
  const complete = around.length > 0;
  const elsewhere = likeliest(known, address.workload.namespace, where);
  // A workload of that name beside it has its Service most likely, too: not all Services were seen.
  const unseen =
    !complete && view.pods.some(({ ref }) => ref.namespace === where && workloadOf(view.scene, ref).name === name);
  if (elsewhere !== undefined && !unseen && (complete || hurts(view, address)))
    return {
      kind: 'namespace',
      service: elsewhere,
      why: `Service ${name} is in namespace ${elsewhere.ref.namespace} and not in ${where}`,
    };
  if (!complete) return undefined;
  const limit = Math.max(1, Math.floor(name.length / 5));
  const [spelt] = around
    .filter(({ ref }) => Math.abs(ref.name.length - name.length) <= limit && distance(ref.name, name) <= limit)
    .sort((a, b) => distance(a.ref.name, name) - distance(b.ref.name, name));
  const near = spelt ?? (hurts(view, address) ? namesake(around, address) : undefined);
  return near === undefined
    ? undefined
    : { kind: 'name', service: near, why: `there is no Service ${name}; the nearest is ${near.ref.name}` };
}

/** What TLS clients say of an answer that is no TLS. */
const NO_TLS =
  /server gave HTTP response to HTTPS client|wrong[ _]version[ _]number|Unsupported or unrecognized SSL message|Cannot determine the frame size|packet length too long|record[ _]overflow|not look like a TLS handshake|InvalidContentType|NotSslRecordException/i;
/** What is said of a plain request to a port that speaks TLS. */
const NO_PLAIN =
  /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)|combination of host and port requires TLS/i;

/** A program that speaks TLS to a Service which answers in plain text, or the other way round, as its own log says. */
function wrongScheme(view: View, address: Address, service: SceneObject): Wrong | undefined {
  const secure = schemeOf(address) === 'https';
  if (!secure && schemeOf(address) !== 'http') return undefined;
  const own = addressesOf(view.scene).filter(
    (one) => sameObject(one.workload, address.workload) && schemeOf(one) === schemeOf(address),
  );
  const alone = own.every(({ host }) => host === address.host);
  const felt = view.scene.logs.some((log) => {
    const subject = subjectOf(view, log);
    return (
      subject !== undefined &&
      sameObject(subject, address.workload) &&
      log.lines.some(
        ({ text: line }) => (secure ? NO_TLS : NO_PLAIN).test(line) && (alone || line.includes(address.host)),
      )
    );
  });
  if (!felt) return undefined;
  const speaks = secure ? 'answers there in plain HTTP, not TLS' : 'speaks TLS there, not plain HTTP';
  return { kind: 'scheme', service, felt, why: `Service ${service.ref.name} ${speaks}` };
}

function schemeOf({ value }: Address): string | undefined {
  return /^([a-z]+):\/\//.exec(value)?.[1];
}

function portsOf(service: SceneObject): number[] {
  return objects(at(service.object, 'spec', 'ports')).flatMap((port) => number(port.port) ?? []);
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** The port that an address without one means by its scheme, where a log shows that just this port gives no answer. */
function impliedPort(view: View, address: Address, service: SceneObject): number | undefined {
  const port = DEFAULT_PORTS[schemeOf(address) ?? ''];
  if (port === undefined) return undefined;
  const clusterIP = text(at(service.object, 'spec', 'clusterIP'));
  const asked = [address.host, ...(clusterIP === undefined ? [] : [clusterIP])].map((host) => `${host}:${port}`);
  const felt = view.scene.logs.some((log) =>
    log.lines.some(
      ({ text: line }) =>
        asked.some((one) => new RegExp(`(?<![\\w.-])${one.replaceAll('.', '\\.')}\\b`).test(line)) &&
        /refused|timed? ?out|unreachable/i.test(line),
    ),
  );
  return felt ? port : undefined;
}

/** The only Service beside an address whose name is part of the other's, and which has the port that is asked for, where one is. */
function namesake(around: readonly SceneObject[], { host, port, workload }: Address): SceneObject | undefined {
  const name = host.split('.')[0] ?? host;
  if (name.length < 4) return undefined;
  const kin = around.filter(
    (service) =>
      service.ref.name !== workload.name &&
      (port === undefined || portsOf(service).includes(port)) &&
      (service.ref.name.includes(name) || (service.ref.name.length >= 4 && name.includes(service.ref.name))),
  );
  return kin.length === 1 ? kin[0] : undefined;
}

/** A program is sent to its own pod, where nothing listens, by a variable that is named after a Service. */
function meantForService(view: View, { workload, variable, port }: Address): Wrong | undefined {
  const stem = variable
    .replace(/_?(?:SERVICE)?_?(?:HOST(?:NAME)?|ADDR(?:ESS)?|URL|URI|ENDPOINT|SERVER)$/i, '')
    .toLowerCase();
  const name = stem.replaceAll('_', '-');
  const service = allServices(view).find(
    ({ ref }) =>
      ref.namespace === workload.namespace &&
      ref.name !== workload.name &&
      name.length > 2 &&
      (ref.name === name || ref.name.endsWith(`-${name}`) || ref.name === `${name}-service`),
  );
  const refused = new RegExp(`(?:localhost|127\\.0\\.0\\.1|\\[::1\\])["']?:${port ?? '\\d+'}\\b`);
  const felt = view.scene.logs.some((log) => {
    const own = subjectOf(view, log);
    return (
      own !== undefined &&
      sameObject(own, workload) &&
      log.lines.some(({ text: line }) => refused.test(line) && /refused|remote_connection_failure/i.test(line))
    );
  });
  return service === undefined || !felt
    ? undefined
    : {
        kind: 'name',
        service,
        felt,
        why: `nothing listens there in its own pod; Service ${service.ref.name} is what it means`,
      };
}

/** Whether the log of the workload (or its state) shows that the address hurts. */
function hurts(view: View, { workload, host, port }: Address, clusterIP?: string): boolean {
  const troubled = view.troubled.some((pod) => sameObject(workloadOf(view.scene, pod.ref), workload));
  return (
    troubled ||
    view.scene.logs.some((log) =>
      log.lines.some(
        ({ text: line, level }) =>
          (line.includes(host) || (clusterIP !== undefined && line.includes(`${clusterIP}:`))) &&
          // A name that does not resolve is told without its port.
          (port === undefined || line.includes(String(port)) || UNRESOLVED.test(line)) &&
          (level === 'error' ||
            level === 'fatal' ||
            /refused|timed? ?out|unreachable|fail/i.test(line) ||
            UNRESOLVED.test(line)),
      ),
    )
  );
}

function targetOf({ workload, container, variable, configMap }: Address): ObjectRef {
  if (configMap !== undefined) return { ...configMap.ref, path: 'data' };
  if (variable === '') return workload;
  return { ...workload, path: `spec.template.spec.containers[${container}].env.${variable}` };
}

export const serviceReferenceWrong: Analyzer = {
  kind: 'service-reference-wrong',
  stage: 'network',
  depth: DEPTH.config + 3,
  title: 'A program is told the wrong address of a Service',
  about:
    'A variable of its environment, or its nginx configuration in a ConfigMap, names a port that the Service does not have, a namespace in which it is not, nearly the name of a Service, or HTTPS where it speaks HTTP (or the other way round). Where all that call a Service are told one port, which its pods have and it has not, the Service is at fault.',
  remedy: 'Correct the value where it is set.',
  find: (view) => {
    const told = toldWrong(view);
    const known = told.flatMap(({ involves = [] }) => involves);
    return [...told, ...portNotServed(view, known)];
  },
};

/** A name of a Service that is whole: with its namespace, and what says that it is one. */
const WHOLE = /(?<![\w.-])([a-z0-9-]+\.[a-z0-9-]+\.svc(?:\.cluster\.local)?)(?![\w-])(?::(\d{2,5}))?/g;

/** Names that a program could not resolve, as its log says, and that its environment, as far as it is seen, does not hold. */
function saidAddresses(view: View, known: readonly Address[]): Address[] {
  const found = view.scene.logs.flatMap((log): Address[] => {
    const workload = subjectOf(view, log);
    const source = workload === undefined ? undefined : findObject(view.scene, workload);
    if (workload === undefined || source === undefined) return [];
    return log.lines
      .filter(({ text: line, raw }) => UNRESOLVED.test(line) || (UNRESOLVED.test(raw) && raw.length < 4000))
      .flatMap(({ raw }) => [...raw.slice(0, 4000).matchAll(WHOLE)])
      .map(([value, host = '', port]) => ({
        workload,
        container: '',
        variable: '',
        value,
        host,
        source,
        ...(port === undefined ? {} : { port: Number(port) }),
      }));
  });
  const isKnown = (one: Address) =>
    known.some(
      (other) => sameObject(other.workload, one.workload) && other.value.includes(one.host.split('.')[0] ?? ''),
    );
  const key = (one: Address) => `${one.workload.kind}/${one.workload.name} ${one.host}`;
  return [...new Map(found.filter((one) => !isKnown(one)).map((one) => [key(one), one])).values()];
}

/** The line of a log that names an address. */
function saidIn(view: View, { value }: Address): Draft['citations'][number] {
  for (const { item, lines } of view.scene.logs) {
    const line = lines.find(({ raw }) => raw.includes(value));
    if (line !== undefined)
      return { evidence: item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) };
  }
  return undefined;
}

function toldWrong(view: View): Draft[] {
  const addresses = [...addressesOf(view.scene), ...proxiedAddresses(view.scene)];
  const told = [...addresses, ...saidAddresses(view, addresses)].flatMap((address) => {
    const wrong = wrongOf(view, address);
    if (wrong === undefined) return [];
    const felt = wrong.felt ?? hurts(view, address, text(at(wrong.service.object, 'spec', 'clusterIP')));
    return [{ address, wrong, service: wrong.service, felt }];
  });
  const ofPorts = Map.groupBy(
    told.filter(({ wrong }) => wrong.kind === 'port'),
    ({ service }) => service,
  );
  const odd = [...ofPorts].flatMap(([service, own]) => {
    const draft = oddPort(view, own, addresses);
    return draft === undefined ? [] : [{ service, draft }];
  });
  const single = told.filter((one) => !odd.some(({ service }) => service === one.service));
  const drafts = single.flatMap(({ address, wrong, felt }): Draft[] => {
    const variable = (wrong.kind === 'port' ? address.portVariable : undefined) ?? address.variable;
    const object = targetOf({ ...address, variable });
    return [
      {
        object,
        summary:
          variable === ''
            ? `${named(address.workload)} calls \`${address.value}\`, as its log says, but ${wrong.why}`
            : `${named(address.workload)} is told to call \`${address.value.slice(0, 120)}${address.portVariable === undefined ? '' : `:${address.port}`}\` (${variable}), but ${wrong.why}`,
        confidence: felt ? 0.94 : 0.72,
        severity: felt ? 'failed' : 'degraded',
        citations: [
          variable === '' ? undefined : cite(address.configMap ?? address.source, variable),
          cite(address.source, address.value.slice(0, 60)) ?? saidIn(view, address),
          cite(wrong.service, /Port:|"port"|port:|\/TCP/),
        ],
        involves: [address.workload],
        remedies: [
          look('See the Service', get(wrong.service.ref)),
          change(
            variable === ''
              ? `Correct the address where ${address.workload.kind} ${address.workload.name} has it from`
              : `Correct ${variable} in ${object.kind} ${object.name}`,
          ),
        ],
      },
    ];
  });
  return [...odd.map(({ draft }) => draft), ...drafts];
}

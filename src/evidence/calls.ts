import { at, objects, strings, text } from '../json.ts';
import { type ObjectRef, refKey, sameObject } from './model.ts';
import type { PodView } from './pods.ts';
import { selectedBy, templateSpecOf, workloadOf } from './relations.ts';
import type { Scene, SceneObject } from './scene.ts';

/** What is said where something that is called does not answer. */
export const UNANSWERED =
  /refused|timed? ?out|deadline exceeded|no route|unreachable|unavailable|no healthy upstream|\b50[0234]\b|Internal Server Error|ECONN|ETIMEDOUT|cannot connect|could not connect|failed to connect|no such host|ENOTFOUND|EAI_AGAIN|name resolution|resolve|reset by peer|disconnect\/reset|waits? for|waiting for/i;

const HOST = /[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*/g;

/** Words of a text that could be a Service's address: its name, `name.namespace…`, or its cluster IP. */
function hostsIn(source: string): Set<string> {
  const hosts = new Set<string>();
  for (const [word] of source.toLowerCase().matchAll(HOST)) {
    hosts.add(word);
    const first = word.split('.')[0] ?? '';
    if (!/^\d+$/.test(first)) hosts.add(first);
  }
  return hosts;
}

/** Words that stand where only an address does: before a port, in a URL, looked up, or with the domain of Services. */
const ADDRESSED = /(?:\/\/|@|\blookup )([a-z0-9-]+)|\b([a-z0-9-]+)(?::\d{2,5}\b|\.[a-z0-9-]+\.svc\b)/g;

/** Words of a text that stand as addresses: before a port, in a URL, looked up. */
export function addressedIn(source: string): Set<string> {
  return new Set([...source.toLowerCase().matchAll(ADDRESSED)].map(([, a, b]) => a ?? b ?? ''));
}

/** Members of structured lines (JSON, logfmt) that hold whom a program calls, in the words of proxies, clients and tracers. */
const CALLEE =
  /["']?\b(?:upstream(?:_?(?:service|cluster|name|host))?|peer[._]?service|callee|dependency|backend|destination(?:_?service)?|remote_?service)["']?\s*[:=]\s*["']?([a-z0-9][a-z0-9-]{2,62})(?![\w.:/-])/gi;

/** Names that a structured line gives for whom it calls: `"upstream":"stock"`, `peer.service=stock`. */
export function calleesIn(source: string): Set<string> {
  return new Set([...source.matchAll(CALLEE)].map(([, name]) => (name ?? '').toLowerCase()));
}

/** Services that a text speaks of, by name or cluster IP. A word of one or two letters (`db`) counts only as an address. */
export function servicesIn(scene: Scene, source: string): SceneObject[] {
  const hosts = hostsIn(source);
  const addressed = addressedIn(source);
  return scene.objects.filter(
    ({ ref, object }) =>
      ref.kind === 'Service' &&
      ((ref.name.length > 2 ? hosts : addressed).has(ref.name) ||
        hosts.has(text(at(object, 'spec', 'clusterIP')) ?? '\0')),
  );
}

/** Whether a text is about a port of a Service: it names the Service, and the port behind a blank or a colon. */
export function isOfPort(scene: Scene, service: SceneObject, port: number, source: string): boolean {
  return servicesIn(scene, source).includes(service) && new RegExp(`[\\s:]${port}\\b`).test(source);
}

/** Pods that a text names by their own address, or by their workload as it would name a Service. A word of one or two letters counts only as an address. */
export function podsIn(scene: Scene, pods: readonly PodView[], source: string): PodView[] {
  const hosts = hostsIn(source);
  const addressed = addressedIn(source);
  const byAddress = pods.filter(({ source: { object } }) => hosts.has(text(at(object, 'status', 'podIP')) ?? '\0'));
  if (byAddress.length > 0) return byAddress;
  return pods.filter(({ ref }) => {
    const { name } = workloadOf(scene, ref);
    return (name.length > 2 ? hosts : addressed).has(name);
  });
}

function sameNamespace(a: ObjectRef, b: ObjectRef): boolean {
  return a.namespace === undefined || b.namespace === undefined || a.namespace === b.namespace;
}

/** Services and what stands behind them: whatever must work for a call to these Services to work. */
export function behind(scene: Scene, pods: readonly PodView[], services: readonly SceneObject[]): ObjectRef[] {
  return services.flatMap((service) => {
    const targets = selectedBy(scene, service, pods);
    const workloads = targets.map((target) => workloadOf(scene, target));
    // A Service that selects nobody still means the workload of its name.
    const namesake = scene.objects.filter(
      ({ ref }) =>
        /^(Deployment|StatefulSet|DaemonSet|Rollout)$/.test(ref.kind) &&
        ref.name === service.ref.name &&
        sameNamespace(ref, service.ref),
    );
    // Labels of pods are not in every table: those of a workload that it selects or that has its name are meant, too.
    const own = pods.filter((pod) => {
      if (!sameNamespace(pod.ref, service.ref)) return false;
      const workload = workloadOf(scene, pod.ref);
      return targets.length === 0
        ? workload.name === service.ref.name
        : targets.some((target) => sameObject(target, workload));
    });
    const unlabelled = own.flatMap(({ ref }) => [ref, workloadOf(scene, ref)]);
    return [service.ref, ...targets, ...workloads, ...namesake.map(({ ref }) => ref), ...unlabelled];
  });
}

/** An address in a workload's environment: what a program is told to call. */
export interface Address {
  readonly workload: ObjectRef;
  readonly container: string;
  readonly variable: string;
  readonly value: string;
  readonly host: string;
  readonly port?: number;
  /** The variable that holds the port, where that is another one (`DB_HOST` and `DB_PORT`). */
  readonly portVariable?: string;
  readonly source: SceneObject;
  /** The ConfigMap that holds the value, where it is not written in the workload. */
  readonly configMap?: SceneObject;
}

const URL_LIKE =
  /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/\s]*@)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{2,5}))?(?:[/?]|$)/i;
const ADDRESS_KEY =
  /(ADDR(?:ESS)?|HOST(?:NAME)?|URL|URI|ENDPOINT|SERVER|SERVICE|BROKERS?|UPSTREAM|DSN|BACKEND|TARGET)S?$/i;

function addressIn(variable: string, value: string): { host: string; port?: number } | undefined {
  if (value.length > 500 || value.includes('<')) return undefined;
  const match = URL_LIKE.exec(value.split(',')[0]?.trim() ?? '');
  const host = match?.[1]?.toLowerCase();
  if (host === undefined || /^[\d.]+$/.test(host) || /^(true|false|0\.0\.0\.0)$/.test(host)) return undefined;
  if (host === 'localhost' && !ADDRESS_KEY.test(variable)) return undefined;
  const scheme = value.includes('://');
  if (!scheme && match?.[2] === undefined && !ADDRESS_KEY.test(variable)) return undefined;
  return { host, ...(match?.[2] === undefined ? {} : { port: Number(match[2]) }) };
}

/** The variables of a container with the values that its spec or a ConfigMap of the scene gives them. */
export function variablesOf(scene: Scene, container: unknown, namespace: string | undefined) {
  const own = objects(at(container, 'env')).map((entry) => {
    const ref = at(entry, 'valueFrom', 'configMapKeyRef');
    const map = configMap(scene, text(at(ref, 'name')), namespace);
    const value = text(entry.value) ?? strings(at(map?.object, 'data'))[text(at(ref, 'key')) ?? ''];
    return { variable: text(entry.name) ?? '', value, map };
  });
  const imported = objects(at(container, 'envFrom')).flatMap((entry) => {
    const map = configMap(scene, text(at(entry, 'configMapRef', 'name')), namespace);
    return Object.entries(strings(at(map?.object, 'data'))).map(([variable, value]) => ({ variable, value, map }));
  });
  return [...own, ...imported];
}

function configMap(scene: Scene, name: string | undefined, namespace: string | undefined): SceneObject | undefined {
  if (name === undefined) return undefined;
  const ref = { kind: 'ConfigMap', name, ...(namespace === undefined ? {} : { namespace }) };
  return scene.objects.find((candidate) => sameObject(candidate.ref, ref));
}

/** The port of a host that stands alone, in the variable beside it. */
function portBeside(
  variables: readonly { variable: string; value: string | undefined }[],
  variable: string,
  { port }: { port?: number },
): { port: number; portVariable: string } | undefined {
  const stem = /^(.*?)_?(?:HOST(?:NAME)?|ADDR(?:ESS)?|SERVER)$/i.exec(variable)?.[1];
  if (port !== undefined || stem === undefined || stem === '') return undefined;
  const beside = variables.find((one) => one.variable.toUpperCase() === `${stem}_PORT`.toUpperCase());
  return beside?.value !== undefined && /^\d{2,5}$/.test(beside.value)
    ? { port: Number(beside.value), portVariable: beside.variable }
    : undefined;
}

/** Every address that the environments of workloads hold, one per workload, container and variable. */
export function addressesOf(scene: Scene): Address[] {
  const found = new Map<string, Address>();
  for (const source of scene.objects) {
    const spec = source.ref.kind === 'Pod' ? source.object.spec : templateSpecOf(source.object);
    if (spec === undefined) continue;
    const workload = workloadOf(scene, source.ref);
    for (const container of [...objects(at(spec, 'containers')), ...objects(at(spec, 'initContainers'))]) {
      const variables = variablesOf(scene, container, source.ref.namespace);
      for (const { variable, value, map } of variables) {
        const alone = value === undefined ? undefined : addressIn(variable, value);
        const address = alone === undefined ? undefined : { ...portBeside(variables, variable, alone), ...alone };
        const name = text(container.name) ?? '';
        const key = `${refKey(workload)} ${name} ${variable}`;
        if (address === undefined || found.has(key)) continue;
        found.set(key, {
          workload,
          container: name,
          variable,
          value: value ?? '',
          ...address,
          source,
          ...(map === undefined ? {} : { configMap: map }),
        });
      }
    }
  }
  return [...found.values()];
}

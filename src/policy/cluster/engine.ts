import { OpslineError } from '../../errors.ts';
import { at, objects, text } from '../../json.ts';
import { ClusterClient } from '../../kubernetes/client.ts';
import { ReadFailure } from '../../kubernetes/failure.ts';
import type { Access } from '../../kubernetes/kubeconfig.ts';
import { identity, inOrder, type KubeObject, unjudged, type Violation } from '../violation.ts';
import { type Api, apiOf } from './apis.ts';
import { type Objection, readVerdict } from './denial.ts';
import { pointerOf } from './field-path.ts';
import { admissionPolicies } from './policies.ts';
import { templatePod } from './template-pod.ts';

/** As long may one round of questions take; each request has the client's own limit. */
const WHOLE_MS = 5 * 60_000;
/** A dry run passes webhooks, each of which may take ten seconds by itself. */
const REQUEST_MS = 30_000;
/** Questions at a time: admission is the work of everyone's API server. */
const AT_ONCE = 8;
/** Who applies to an object that nobody applied yet. */
const MANAGER = 'opsline';

/** A cluster as the judge of objects: what its admission says to dry runs of them. Nothing in it is ever changed. */
export interface ClusterEngine {
  version(signal: AbortSignal): Promise<string>;
  /** Its ValidatingAdmissionPolicies with bindings and parameters, as far as they may be read. Throws as `judge` does. */
  policies(signal: AbortSignal): Promise<KubeObject[]>;
  /** In the objects' order; what the cluster could not judge is said as {@link unjudged}. Throws `cluster-unreachable`, `cluster-unauthorized`, `cluster-forbidden`, `engine-failed`. */
  judge(resources: readonly KubeObject[], signal: AbortSignal): Promise<Violation[]>;
}

function asError(error: unknown, name: string): unknown {
  if (!(error instanceof ReadFailure)) return error;
  const code =
    error.why === 'unauthorized'
      ? 'cluster-unauthorized'
      : error.why === 'forbidden'
        ? 'cluster-forbidden'
        : error.why === 'unreachable' || error.why === 'timeout'
          ? 'cluster-unreachable'
          : 'engine-failed';
  return new OpslineError(code, `${name}: ${error.message}`, { cause: error });
}

const titleOf = (object: KubeObject): string =>
  `${object.kind ?? 'object'} ${[object.metadata?.namespace, object.metadata?.name ?? object.metadata?.generateName].filter((part) => part !== undefined).join('/')}`;

/** Without what only a server sets: with it nothing could be created, or applied. */
function sendable(object: KubeObject, namespace: string | undefined): KubeObject {
  const { managedFields: _, resourceVersion: __, uid: ___, ...metadata } = object.metadata ?? {};
  return { ...object, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
}

/** Makes a judge of a cluster; `namespace` is that of objects that name none. */
export function clusterEngine(access: Access, namespace: string = access.namespace ?? 'default'): ClusterEngine {
  // What is there does not change while candidates for it are asked about.
  const apis = new Map<string, Promise<Api | string>>();
  const managers = new Map<string, Promise<string | undefined>>();
  const once = <T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> => {
    const found = known.get(key) ?? read();
    known.set(key, found);
    found.catch(() => known.delete(key));
    return found;
  };

  const withClient = async <T>(signal: AbortSignal, task: (client: ClusterClient) => Promise<T>): Promise<T> => {
    const client = await ClusterClient.open(access, { signal, wholeMs: WHOLE_MS, requestMs: REQUEST_MS });
    try {
      return await task(client);
    } catch (error) {
      throw asError(error, access.name);
    } finally {
      client.close();
    }
  };

  /** Who applies to the object that is there already; undefined where there is none. */
  const managerOf = async (client: ClusterClient, path: string): Promise<string | undefined> => {
    try {
      const there = await client.json(path);
      const applied = objects(at(there, 'metadata', 'managedFields')).find(
        (entry) => entry.operation === 'Apply' && entry.subresource === undefined,
      );
      return text(applied?.manager) ?? MANAGER;
    } catch (error) {
      if (error instanceof ReadFailure && error.why === 'missing') return undefined;
      throw error;
    }
  };

  const tryOut = async (client: ClusterClient, object: KubeObject) => {
    const apiVersion = String(object.apiVersion);
    const kind = String(object.kind);
    const api = await once(apis, `${apiVersion}|${kind}`, () => apiOf(client, apiVersion, kind));
    if (typeof api === 'string') return { unjudged: api };
    const place = api.namespaced ? String(object.metadata?.namespace ?? namespace) : undefined;
    const sent = sendable(object, place);
    const collection = `${api.base}${place === undefined ? '' : `/namespaces/${encodeURIComponent(place)}`}/${api.plural}`;
    const name = sent.metadata?.name;
    const path = typeof name === 'string' ? `${collection}/${encodeURIComponent(name)}` : undefined;
    const manager =
      path === undefined ? undefined : await once(managers, identity(sent), () => managerOf(client, path));
    const verdict = await client.tryOut(
      manager === undefined || path === undefined
        ? { path: collection, object: sent }
        : { path, object: sent, manager },
    );
    return readVerdict(verdict, titleOf(sent));
  };

  const judgeOne = async (client: ClusterClient, object: KubeObject) => {
    const found = new Map<string, Omit<Violation, 'resource'>>();
    const take = (objections: readonly Objection[], base: readonly string[]): void => {
      for (const { field, ...said } of objections) {
        const path = field === undefined ? undefined : pointerOf([...base, ...field]);
        // A workload is warned of what its pod is refused for, and a field is wrong in both.
        const words = said.policy.kind === 'PodSecurity' ? '' : (path ?? said.message);
        const key = JSON.stringify([said.policy, said.rule, words]);
        if (!found.has(key)) found.set(key, { engine: 'cluster', ...said, ...(path === undefined ? {} : { path }) });
      }
    };
    const own = await tryOut(client, object);
    if ('unjudged' in own)
      return [unjudged('cluster', 'object', `the cluster did not judge ${titleOf(object)}: ${own.unjudged}`)];
    take(own.objections, []);
    const made = templatePod(object, String(object.metadata?.namespace ?? namespace));
    const pod = made && (await tryOut(client, made.pod));
    if (pod && 'objections' in pod) take(pod.objections, made.at);
    const why = pod && 'unjudged' in pod ? pod.unjudged : undefined;
    if (why !== undefined)
      return [
        ...found.values(),
        unjudged('cluster', 'pods', `the cluster did not judge the pods of ${titleOf(object)}: ${why}`),
      ];
    return [...found.values()];
  };

  return {
    version: (signal) =>
      withClient(signal, async (client) => text((await client.json('/version')).gitVersion) ?? 'unknown'),

    policies: (signal) => withClient(signal, admissionPolicies),

    judge: (resources, signal) =>
      withClient(signal, async (client) => {
        const verdicts: Awaited<ReturnType<typeof judgeOne>>[] = [];
        let next = 0;
        const lane = async (): Promise<void> => {
          for (let i = next++; i < resources.length; i = next++)
            verdicts[i] = await judgeOne(client, resources[i] as KubeObject);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, lane));
        const violations = verdicts.flatMap((verdict, resource) =>
          verdict.map((violation) => ({ ...violation, resource })),
        );
        return inOrder(violations, ({ policy, rule, message }) => JSON.stringify([policy, rule, message]));
      }),
  };
}

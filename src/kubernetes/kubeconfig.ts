import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
// Its generated classes weigh 85 MB and most of a second; what reads kubeconfigs needs none of them.
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';
import { parseDocument } from 'yaml';
import type { ClusterSource } from '../config.ts';
import { OpslineError } from '../errors.ts';
import { asArray, asObject, at, text } from '../json.ts';
import { nearest } from '../nearest.ts';

/** Where a cluster is, and as whom it is spoken to. Holds credentials: never printed, journalled or put into an error. */
export interface Access {
  /** The context's name, or `in-cluster`. */
  readonly name: string;
  /** The namespace that the context names. */
  readonly namespace?: string;
  readonly cluster: Cluster;
  readonly user: User & Extras;
}

/** What the library does not read of a user: a file with a token that changes, and whom to act as. */
interface Extras {
  readonly groups?: readonly string[];
}

interface Kubeconfig {
  readonly clusters: Cluster[];
  readonly users: (User & Extras)[];
  readonly contexts: Context[];
  readonly current?: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

function invalid(detail: string, cause?: unknown): OpslineError {
  return new OpslineError('kubeconfig-invalid', detail, cause === undefined ? {} : { cause });
}

/** `kubectl`'s order: the files of KUBECONFIG, else `~/.kube/config`. */
function pathsOf(env: NodeJS.ProcessEnv): string[] {
  const given = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  return given.length > 0 ? given : [join(env.HOME || homedir(), '.kube', 'config')];
}

function absolute(path: string | undefined, folder: string): string | undefined {
  return path === undefined || path === null || path === '' || isAbsolute(path) ? path : join(folder, path);
}

function usersOf(value: unknown, folder: string): (User & Extras)[] {
  const raw = new Map(asArray(value).map((entry) => [text(at(entry, 'name')), asObject(at(entry, 'user'))]));
  // Read later, since such tokens change; the library would take a key that kubectl does not know.
  const users = newUsers(asArray(value).map((entry) => ({ ...asObject(entry), user: rest(at(entry, 'user')) })));
  return users.map((user) => {
    const own = raw.get(user.name) ?? {};
    const tokenFile = absolute(text(own.tokenFile), folder);
    const groups = asArray(own['as-groups']).flatMap((group) => text(group) ?? []);
    return {
      ...user,
      ...(tokenFile === undefined ? {} : { authProvider: { name: 'tokenFile', config: { tokenFile } } }),
      ...(user.certFile ? { certFile: absolute(user.certFile, folder) as string } : {}),
      ...(user.keyFile ? { keyFile: absolute(user.keyFile, folder) as string } : {}),
      ...(groups.length === 0 ? {} : { groups }),
    };
  });
}

function rest(user: unknown): unknown {
  const { 'token-file': _, ...others } = asObject(user);
  return others;
}

async function readOne(path: string): Promise<Kubeconfig | undefined> {
  let source: string;
  try {
    source = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw invalid(`The kubeconfig ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, cause);
  }
  try {
    const document = parseDocument(source, { prettyErrors: false });
    if (document.errors.length > 0) throw new Error('it is no YAML');
    const value = asObject(document.toJS());
    const folder = dirname(path);
    const current = text(value['current-context']);
    const clusters = newClusters(value.clusters).map((cluster) =>
      cluster.caFile ? { ...cluster, caFile: absolute(cluster.caFile, folder) as string } : cluster,
    );
    return {
      clusters,
      users: usersOf(value.users, folder),
      contexts: newContexts(value.contexts),
      ...(current ? { current } : {}),
    };
  } catch (cause) {
    // A parser's message may quote the line, and the line may be a token.
    const where = /(?:clusters|users|contexts)\[\d+\][\w.]* is missing/.exec(String(cause))?.[0] ?? 'it is no YAML';
    throw invalid(`The kubeconfig ${path} does not fit: ${where}.`);
  }
}

/**
 * The access of a process in a pod, by its service account; undefined outside of pods. The pod's own namespace is where opsline
 * lives, not where somebody looks for trouble.
 */
function inPod(env: NodeJS.ProcessEnv): Access | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (!host) return undefined;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    name: 'in-cluster',
    cluster: { name: 'in-cluster', server, caFile: `${SERVICE_ACCOUNT}/ca.crt`, skipTLSVerify: false },
    user: {
      name: 'in-cluster',
      authProvider: { name: 'tokenFile', config: { tokenFile: `${SERVICE_ACCOUNT}/token` } },
    },
  };
}

/**
 * Finds where a cluster is and who is to speak to it: a kubeconfig (by default those that kubectl takes, the first that says
 * something wins) or, in a pod, its service account. Throws `kubeconfig-invalid`, which never holds what a file says.
 */
export async function accessOf(source: ClusterSource, env: NodeJS.ProcessEnv = process.env): Promise<Access> {
  if (source.kind === 'in-cluster') {
    const access = inPod(env);
    if (access !== undefined) return access;
    throw invalid('This process runs in no pod (KUBERNETES_SERVICE_HOST is not set), so it has no cluster of its own.');
  }
  const paths = source.path === undefined ? pathsOf(env) : [source.path];
  const read = await Promise.all(paths.map(readOne));
  const found = read.filter((one) => one !== undefined);
  if (found.length === 0) {
    const own = source.path === undefined && source.context === undefined ? inPod(env) : undefined;
    if (own !== undefined) return own;
    const named = paths.join(', ');
    throw invalid(
      `There is no kubeconfig (${named}). Set KUBECONFIG, or give what kubectl printed with --from FILE (- for standard input).`,
    );
  }
  const contexts = found.flatMap((one) => one.contexts);
  const name = source.context ?? found.map((one) => one.current).find((current) => current !== undefined);
  const names = [...new Set(contexts.map((context) => context.name))];
  const listed = names.length === 0 ? 'it has none' : `there are: ${names.slice(0, 20).join(', ')}`;
  if (name === undefined) throw invalid(`The kubeconfig names no current context; say one with --context (${listed}).`);
  const context = contexts.find((one) => one.name === name);
  if (context === undefined) {
    const [near] = nearest(name, new Set(names));
    const meant = near === undefined ? '' : ` Did you mean ${near}?`;
    throw invalid(`The kubeconfig has no context ${JSON.stringify(name)} (${listed}).${meant}`);
  }
  const cluster = found.flatMap((one) => one.clusters).find((one) => one.name === context.cluster);
  if (cluster === undefined)
    throw invalid(
      `The context ${name} names the cluster ${JSON.stringify(context.cluster)}, which the kubeconfig lacks.`,
    );
  const user = found.flatMap((one) => one.users).find((one) => one.name === context.user);
  if (user === undefined && context.user)
    throw invalid(`The context ${name} names the user ${JSON.stringify(context.user)}, which the kubeconfig lacks.`);
  const { namespace } = context;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    cluster,
    user: user ?? { name: 'anonymous' },
  };
}

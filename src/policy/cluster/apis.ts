import { at, objects, text } from '../../json.ts';
import type { ClusterClient } from '../../kubernetes/client.ts';
import { ReadFailure } from '../../kubernetes/failure.ts';

/** Where objects of a kind are sent to. */
export interface Api {
  /** `/apis/apps/v1` */
  readonly base: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Groups that an API server has in itself; other groups may be another server's, which need not know dry runs. */
const OWN_GROUP =
  /^(?:|apps|autoscaling|batch|policy|(?:admissionregistration|apiextensions|networking|rbac\.authorization|scheduling|storage|node|coordination|discovery)\.k8s\.io)$/;

/** Undefined where reading fails because something is not there, or may not be seen when `unseen`. */
async function maybe<T>(read: Promise<T>, unseen = false): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof ReadFailure && (error.why === 'missing' || (unseen && error.why === 'forbidden')))
      return undefined;
    throw error;
  });
}

/** Whether the API server answers for a group by itself or by a CustomResourceDefinition: both know dry runs. */
async function knowsDryRuns(client: ClusterClient, group: string, version: string): Promise<boolean> {
  if (OWN_GROUP.test(group)) return true;
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/${encodeURIComponent(`${version}.${group}`)}`;
  const service = await maybe(client.json(path), true);
  return service !== undefined && at(service, 'spec', 'service') === undefined;
}

/** The API of a kind, or why an object of it cannot be tried. Throws a `ReadFailure`. */
export async function apiOf(client: ClusterClient, apiVersion: string, kind: string): Promise<Api | string> {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/', 2) as [string, string]) : ['', apiVersion];
  const parts = [group, version].filter((part) => part !== '').map(encodeURIComponent);
  const base = `${group === '' ? '/api' : '/apis'}/${parts.join('/')}`;
  const list = await maybe(client.json(base));
  const found = objects(list?.resources).find((one) => one.kind === kind && !String(one.name).includes('/'));
  const plural = text(found?.name);
  if (found === undefined || plural === undefined) return `the cluster has no ${kind} of ${apiVersion}`;
  if (!(await knowsDryRuns(client, group, version)))
    return `another server than the cluster's own may answer for ${apiVersion}, and need not know dry runs`;
  return { base, plural, namespaced: found.namespaced === true };
}

import { groupOf } from '../../kubernetes/api-group.ts';
import { CONTAINER } from '../kinds.ts';
import type { ObjectRef } from '../model.ts';

/** Names of objects as the API server admits them: DNS subdomains (RFC 1123), of which namespaces and containers are labels. */
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names of RBAC objects are free but for what ends a path's segment; those that a person gives them look like this. */
const RBAC_NAME = /^[A-Za-z0-9][A-Za-z0-9:._-]*$/;
const RBAC = /^(?:Cluster)?Role(?:Binding)?$/;

/** The name of an object as a word of a command; undefined where no object of its kind can be called so. */
export function nameOf({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): string | undefined {
  const legal = RBAC.test(kind) ? RBAC_NAME : kind === 'Namespace' ? LABEL : SUBDOMAIN;
  return name.length <= 253 && legal.test(name) ? name : undefined;
}

/** A DNS label, such as the name of a namespace or a container. */
export function labelOf(name: string | undefined): string | undefined {
  return name !== undefined && LABEL.test(name) ? name : undefined;
}

/** `-n NAMESPACE` where the namespace is known. One that cannot be one makes the command none. */
export function inNamespace(
  ref: { readonly namespace?: string | undefined } | undefined,
): readonly (string | undefined)[] {
  return ref?.namespace === undefined ? [] : ['-n', labelOf(ref.namespace)];
}

/** Groups whose kinds no other group is asked for first: the API server's own. */
const OWN_GROUP = /^(?:[a-z]+|[a-z]+(?:\.authorization)?\.k8s\.io)$/;

/**
 * A kind as kubectl takes it: in lower case, with its group where that is not the API server's own, since several groups may have a
 * kind of the name.
 */
export function typeOf({ kind, apiVersion }: Pick<ObjectRef, 'kind' | 'apiVersion'>): string | undefined {
  if (kind === CONTAINER || !/^[A-Za-z][A-Za-z0-9]*(?:,[a-z]+)*$/.test(kind)) return undefined;
  const group = groupOf(apiVersion ?? '');
  if (group !== '' && !SUBDOMAIN.test(group)) return undefined;
  return group === '' || OWN_GROUP.test(group) ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

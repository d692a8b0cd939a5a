import { labelOf } from '../../../src/evidence/commands/names.ts';
import { type Command, command, operand } from '../../../src/evidence/commands/shell.ts';

/** What an authorizer refused: who may not do what with which resource, and where. */
export interface Access {
  readonly user: string;
  readonly verb: string;
  /** `deployments.apps`, `pods/exec`. */
  readonly resource: string;
  /** The namespace, or `cluster`: all of them, or what is in none. Undefined where the message does not say. */
  readonly scope?: { readonly namespace: string } | 'cluster';
}

/** Where the API server says that it was asked, after user, verb and resource, in a text whose quotes may be escaped. */
export function scopeOf(message: string): Access['scope'] {
  if (/ at the cluster scope/.test(message)) return 'cluster';
  const namespace = / in the namespace \\*"([^"\\]+)\\*"/.exec(message)?.[1];
  return namespace === undefined ? undefined : { namespace };
}

/** `deployments` with the API group that the message names, as kubectl takes both. */
export function resourceOf(resource: string, message: string): string {
  const group = / in API group \\*"([^"\\]+)\\*"/.exec(message)?.[1];
  const [plain = '', ...sub] = resource.split('/');
  return group === undefined || plain.includes('.') ? resource : [`${plain}.${group}`, ...sub].join('/');
}

/** `, in any namespace`, `, in namespace shop`. */
export function scopeWords({ scope }: Access): string {
  return scope === undefined ? '' : scope === 'cluster' ? ' at the cluster scope' : ` in namespace ${scope.namespace}`;
}

/** Asks the API server the same question again: `kubectl auth can-i`. */
export function canI({ user, verb, resource, scope }: Access): Command | undefined {
  const [what = '', sub] = resource.split('/');
  const where = scope === undefined ? [] : scope === 'cluster' ? ['-A'] : ['-n', labelOf(scope.namespace)];
  const part = sub === undefined ? [] : [`--subresource=${sub}`];
  return command('kubectl', 'auth', 'can-i', operand(verb), operand(what), part, where, `--as=${user}`);
}

/** What grants it: at the cluster scope a Role can not. */
export function grant({ verb, resource, scope }: Access, whom: string): string {
  const what = `that allows ${verb} on ${resource}`;
  if (scope === undefined) return `Bind a Role ${what} to ${whom}`;
  return scope === 'cluster'
    ? `Bind a ClusterRole ${what} to ${whom} with a ClusterRoleBinding, or let it ask in its own namespace alone`
    : `Bind a Role ${what} in namespace ${scope.namespace} to ${whom} with a RoleBinding there`;
}

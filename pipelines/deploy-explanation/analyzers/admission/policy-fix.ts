import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { Remedy } from '../../schema.ts';
import { look } from '../analyzer.ts';

/** A name that means to a shell what it says. */
const PLAIN = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** Kinds that `kubectl get` may be asked for: those of the API and Argo Rollouts, as evidence names them. */
function getting({ kind, namespace, name }: ObjectRef): string | undefined {
  const known = /^(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Rollout|Service|Ingress|Namespace)$/;
  const plain = PLAIN.test(name) && (namespace === undefined || PLAIN.test(namespace));
  if (!known.test(kind) || !plain) return undefined;
  return `kubectl get ${kind.toLowerCase()}/${name}${namespace === undefined ? '' : ` -n ${namespace}`} -o yaml`;
}

/**
 * Has policy-fix look for the smallest patch of a denied object. `policies`: what to ask the cluster for, none for the Pod
 * Security Standards, whose `flags` then say which.
 */
export function proposePatch(
  subject: ObjectRef,
  policies: string | undefined,
  flags = '--policies policies.yaml',
): Remedy {
  const from = getting(subject);
  const fetch = policies === undefined ? '' : `kubectl get ${policies} -o yaml > policies.yaml && `;
  const fix = from === undefined ? `opsline fix . ${flags}` : `${from} | opsline fix - ${flags}`;
  return { ...look('See the smallest patch that the policy engine accepts', `${fetch}${fix}`), starts: 'policy-fix' };
}

import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { command, piped, savedThen } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { Remedy } from '../../schema.ts';
import { look } from '../analyzer.ts';

/** Kinds that `kubectl get` may be asked for: those of the API and Argo Rollouts, as evidence names them. */
const KNOWN = /^(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Rollout|Service|Ingress|Namespace)$/;

/**
 * Has policy-fix look for the smallest patch of a denied object. `policies`: what to ask the cluster for, none for the Pod
 * Security Standards, whose `flags` then say which.
 */
export function proposePatch(
  subject: ObjectRef,
  policies: readonly string[] | undefined,
  flags: readonly string[] = ['--policies', 'policies.yaml'],
): Remedy {
  const from = KNOWN.test(subject.kind) ? get(subject, '-o', 'yaml') : undefined;
  const fix =
    from === undefined
      ? command('opsline', 'fix', '.', ...flags)
      : piped(from, command('opsline', 'fix', '-', ...flags));
  const whole =
    policies === undefined
      ? fix
      : savedThen(command('kubectl', 'get', ...policies, '-o', 'yaml'), 'policies.yaml', fix);
  return { ...look('See the smallest patch that the policy engine accepts', whole), starts: 'policy-fix' };
}

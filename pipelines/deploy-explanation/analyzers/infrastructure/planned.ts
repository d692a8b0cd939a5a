import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { Output } from '../../../../src/evidence/outputs.ts';
import { type PlannedChange, parsePlan } from '../../../../src/evidence/parse/terraform-plan.ts';

const KUBERNETES: Readonly<Record<string, string>> = {
  kubernetes_namespace: 'Namespace',
  kubernetes_secret: 'Secret',
  kubernetes_config_map: 'ConfigMap',
  kubernetes_service_account: 'ServiceAccount',
  kubernetes_service: 'Service',
  kubernetes_deployment: 'Deployment',
  kubernetes_stateful_set: 'StatefulSet',
  kubernetes_persistent_volume_claim: 'PersistentVolumeClaim',
  kubernetes_ingress: 'Ingress',
  kubernetes_storage_class: 'StorageClass',
};

/** What a resource is downstream: the Kubernetes object that it makes, or its type; by the name that the plan gives it. */
function madeBy({ address, type, names }: PlannedChange): ObjectRef[] {
  const own =
    address
      .replace(/\[(?:"[^"]*"|\d+)\]$/, '')
      .split('.')
      .at(-1) ?? address;
  const kind = KUBERNETES[type.replace(/_v\d$/, '')] ?? type;
  return [...new Set([...names, own.replaceAll('_', '-')])].map((name) => ({ kind, name }));
}

const MAX_LACKING = 24;

/**
 * What an apply was to make and did not: planned, and never reported complete. Downstream, whatever needs it fails because
 * of this.
 */
export function lackingAfter(output: Output): ObjectRef[] {
  const done = new Set<string>();
  for (const { text } of output.lines) {
    const address = /^(\S+): (?:Creation|Modifications) complete after/.exec(text)?.[1];
    if (address !== undefined) done.add(address);
  }
  return parsePlan(output)
    .filter(({ address, action }) => (action === 'create' || action === 'replace') && !done.has(address))
    .flatMap((change) => [{ kind: 'TerraformResource', name: change.address }, ...madeBy(change)])
    .slice(0, MAX_LACKING);
}

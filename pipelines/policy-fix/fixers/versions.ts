import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { type Edit, remove, set } from '../edits.ts';
import type { Fixer } from './fixer.ts';

/** API versions that Kubernetes has removed, and the one that takes the same fields. https://kubernetes.io/docs/reference/using-api/deprecation-guide/ */
const SUCCESSORS: Readonly<Record<string, string>> = {
  'batch/v1beta1 CronJob': 'batch/v1',
  'policy/v1beta1 PodDisruptionBudget': 'policy/v1',
  'autoscaling/v2beta2 HorizontalPodAutoscaler': 'autoscaling/v2',
  'rbac.authorization.k8s.io/v1beta1 Role': 'rbac.authorization.k8s.io/v1',
  'rbac.authorization.k8s.io/v1beta1 RoleBinding': 'rbac.authorization.k8s.io/v1',
  'rbac.authorization.k8s.io/v1beta1 ClusterRole': 'rbac.authorization.k8s.io/v1',
  'rbac.authorization.k8s.io/v1beta1 ClusterRoleBinding': 'rbac.authorization.k8s.io/v1',
  'scheduling.k8s.io/v1beta1 PriorityClass': 'scheduling.k8s.io/v1',
  'storage.k8s.io/v1beta1 StorageClass': 'storage.k8s.io/v1',
  'networking.k8s.io/v1beta1 IngressClass': 'networking.k8s.io/v1',
  'networking.k8s.io/v1beta1 Ingress': 'networking.k8s.io/v1',
  'extensions/v1beta1 Ingress': 'networking.k8s.io/v1',
  'extensions/v1beta1 NetworkPolicy': 'networking.k8s.io/v1',
  ...Object.fromEntries(
    ['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet'].flatMap((kind) =>
      ['extensions/v1beta1', 'apps/v1beta1', 'apps/v1beta2'].map((version) => [`${version} ${kind}`, 'apps/v1']),
    ),
  ),
};

/** The version that took over from an object's own, if that is removed and takes what the object says. */
export function successorOf(object: JsonObject): string | undefined {
  const version = SUCCESSORS[`${object.apiVersion} ${object.kind}`];
  // In apps/v1 the selector is no longer made up from the labels.
  if (version === 'apps/v1' && !isObject(valueAt(object, ['spec', 'selector']))) return undefined;
  return version;
}

/** A backend as networking.k8s.io/v1 writes it. */
function backend(old: Json | undefined): Json | undefined {
  const [name, port] = ['serviceName', 'servicePort'].map((key) =>
    old === undefined ? undefined : valueAt(old, [key]),
  );
  if (typeof name !== 'string' || (typeof port !== 'string' && typeof port !== 'number')) return undefined;
  return { service: { name, port: typeof port === 'number' ? { number: port } : { name: port } } };
}

/** What an Ingress says otherwise since networking.k8s.io/v1. */
function ingress(object: JsonObject): Edit[] {
  const edits: Edit[] = [];
  const whole = backend(valueAt(object, ['spec', 'backend']));
  if (whole !== undefined) edits.push(remove(['spec', 'backend']), set(['spec', 'defaultBackend'], whole));
  const rules = valueAt(object, ['spec', 'rules']);
  for (const [i, rule] of (Array.isArray(rules) ? rules : []).entries()) {
    const paths = valueAt(rule, ['http', 'paths']);
    for (const [j, path] of (Array.isArray(paths) ? paths : []).entries()) {
      const at = ['spec', 'rules', i, 'http', 'paths', j];
      const now = backend(valueAt(path, ['backend']));
      if (now !== undefined) edits.push(set([...at, 'backend'], now));
      if (valueAt(path, ['pathType']) === undefined) edits.push(set([...at, 'pathType'], 'ImplementationSpecific'));
    }
  }
  return edits;
}

/** Removed API versions: the next one, where a policy speaks of the old. */
export const versions: Fixer = {
  name: 'versions',
  propose({ object, policies }) {
    const version = successorOf(object);
    const named = policies.some(
      ({ words }) => words.includes(String(object.apiVersion)) || /deprecat|removed/.test(words),
    );
    if (version === undefined || !named) return [];
    return [
      {
        by: 'versions',
        summary: `${version} instead of ${object.apiVersion}`,
        note: "the cluster has to know it; its defaults may differ, see Kubernetes' deprecation guide",
        edits: [set(['apiVersion'], version), ...(object.kind === 'Ingress' ? ingress(object) : [])],
        cost: 1,
      },
    ];
  },
};

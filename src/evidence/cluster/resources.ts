/** A kind of object and where the API keeps it. */
export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

function resources(group: string, version: string, kinds: Readonly<Record<string, string>>): Resource[] {
  return Object.entries(kinds).map(([plural, kind]) => ({ group, version, plural, kind }));
}

/**
 * What is listed in a namespace, all at once. `deploy/kubernetes-live/cluster-reader.yaml` permits this and no more; a test holds the
 * two against each other.
 */
export const NAMESPACED: readonly Resource[] = [
  ...resources('', 'v1', {
    pods: 'Pod',
    services: 'Service',
    events: 'Event',
    configmaps: 'ConfigMap',
    persistentvolumeclaims: 'PersistentVolumeClaim',
    resourcequotas: 'ResourceQuota',
    limitranges: 'LimitRange',
    serviceaccounts: 'ServiceAccount',
    replicationcontrollers: 'ReplicationController',
  }),
  ...resources('apps', 'v1', {
    deployments: 'Deployment',
    replicasets: 'ReplicaSet',
    statefulsets: 'StatefulSet',
    daemonsets: 'DaemonSet',
  }),
  ...resources('batch', 'v1', { jobs: 'Job', cronjobs: 'CronJob' }),
  ...resources('autoscaling', 'v2', { horizontalpodautoscalers: 'HorizontalPodAutoscaler' }),
  ...resources('policy', 'v1', { poddisruptionbudgets: 'PodDisruptionBudget' }),
  ...resources('networking.k8s.io', 'v1', { ingresses: 'Ingress', networkpolicies: 'NetworkPolicy' }),
  ...resources('discovery.k8s.io', 'v1', { endpointslices: 'EndpointSlice' }),
  ...resources('argoproj.io', 'v1alpha1', { rollouts: 'Rollout', analysisruns: 'AnalysisRun' }),
];

/** Names alone are asked for: the API server sends no values. */
export const SECRETS: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };

/** The same events, by the other API: read where the first one may not be. */
export const OTHER_EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event' };

export const CLUSTER_WIDE: readonly Resource[] = [
  ...resources('', 'v1', { nodes: 'Node' }),
  ...resources('storage.k8s.io', 'v1', { storageclasses: 'StorageClass' }),
  ...resources('networking.k8s.io', 'v1', { ingressclasses: 'IngressClass' }),
  ...resources('scheduling.k8s.io', 'v1', { priorityclasses: 'PriorityClass' }),
  ...resources('admissionregistration.k8s.io', 'v1', {
    validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
    mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  }),
  ...resources('apiregistration.k8s.io', 'v1', { apiservices: 'APIService' }),
];

/** Argo CD's, which lie in its own namespace and speak of others. */
export const APPLICATIONS: Resource = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
  kind: 'Application',
};
export const APP_PROJECTS: Resource = { ...APPLICATIONS, plural: 'appprojects', kind: 'AppProject' };
export const APPLICATION_SETS: Resource = { ...APPLICATIONS, plural: 'applicationsets', kind: 'ApplicationSet' };

export const NAMESPACES: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' };
export const VOLUMES: Resource = { group: '', version: 'v1', plural: 'persistentvolumes', kind: 'PersistentVolume' };

/** Read one by one, by name. Logs are the subresource `pods/log`. */
export const BY_NAME: readonly Resource[] = [NAMESPACES, VOLUMES, APP_PROJECTS, APPLICATION_SETS];

/** Custom resources that tell something while they are well: whom a mesh lets in, which fault is injected. */
export const TELLING_GROUPS: readonly string[] = [
  'networking.istio.io',
  'security.istio.io',
  'gateway.networking.k8s.io',
  'chaos-mesh.org',
  'litmuschaos.io',
  'keda.sh',
];

/** The path of a list, or of one object. */
export function pathOf({ group, version, plural }: Resource, namespace?: string, name?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** `deployments.apps`, as RBAC and kubectl name it. */
export function resourceText({ group, plural }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** What people type for a kind (plural, short name, lower case), and the kind. */
const KINDS: Readonly<Record<string, string>> = {
  po: 'Pod',
  pod: 'Pod',
  svc: 'Service',
  service: 'Service',
  deploy: 'Deployment',
  deployment: 'Deployment',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  rc: 'ReplicationController',
  replicationcontroller: 'ReplicationController',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  job: 'Job',
  cj: 'CronJob',
  cronjob: 'CronJob',
  cm: 'ConfigMap',
  configmap: 'ConfigMap',
  secret: 'Secret',
  ns: 'Namespace',
  namespace: 'Namespace',
  no: 'Node',
  node: 'Node',
  pvc: 'PersistentVolumeClaim',
  persistentvolumeclaim: 'PersistentVolumeClaim',
  pv: 'PersistentVolume',
  persistentvolume: 'PersistentVolume',
  sc: 'StorageClass',
  storageclass: 'StorageClass',
  ing: 'Ingress',
  ingress: 'Ingress',
  ingressclass: 'IngressClass',
  ep: 'Endpoints',
  endpoint: 'Endpoints',
  endpoints: 'Endpoints',
  endpointslice: 'EndpointSlice',
  ev: 'Event',
  event: 'Event',
  hpa: 'HorizontalPodAutoscaler',
  horizontalpodautoscaler: 'HorizontalPodAutoscaler',
  pdb: 'PodDisruptionBudget',
  poddisruptionbudget: 'PodDisruptionBudget',
  quota: 'ResourceQuota',
  resourcequota: 'ResourceQuota',
  limits: 'LimitRange',
  limitrange: 'LimitRange',
  sa: 'ServiceAccount',
  serviceaccount: 'ServiceAccount',
  netpol: 'NetworkPolicy',
  networkpolicy: 'NetworkPolicy',
  crd: 'CustomResourceDefinition',
  customresourcedefinition: 'CustomResourceDefinition',
  pc: 'PriorityClass',
  priorityclass: 'PriorityClass',
  role: 'Role',
  rolebinding: 'RoleBinding',
  clusterrole: 'ClusterRole',
  clusterrolebinding: 'ClusterRoleBinding',
  validatingwebhookconfiguration: 'ValidatingWebhookConfiguration',
  mutatingwebhookconfiguration: 'MutatingWebhookConfiguration',
  app: 'Application',
  application: 'Application',
  appproject: 'AppProject',
  rollout: 'Rollout',
  analysisrun: 'AnalysisRun',
  certificate: 'Certificate',
  gateway: 'Gateway',
  httproute: 'HTTPRoute',
  peerauthentication: 'PeerAuthentication',
  destinationrule: 'DestinationRule',
  virtualservice: 'VirtualService',
  networkchaos: 'NetworkChaos',
  podchaos: 'PodChaos',
  stresschaos: 'StressChaos',
  dnschaos: 'DNSChaos',
  httpchaos: 'HTTPChaos',
  iochaos: 'IOChaos',
  timechaos: 'TimeChaos',
  chaosengine: 'ChaosEngine',
};

/** The kind behind `pods`, `deployments.apps`, `svc`; `undefined` for a word that is none of the known ones. */
export function kindOf(word: string): string | undefined {
  const plain = word.toLowerCase().split('.')[0] ?? '';
  return (
    KINDS[plain] ??
    KINDS[plain.replace(/ies$/, 'y')] ??
    KINDS[plain.replace(/es$/, '')] ??
    KINDS[plain.replace(/s$/, '')]
  );
}

const CLUSTER_SCOPED = new Set([
  'Node',
  'Namespace',
  'PersistentVolume',
  'StorageClass',
  'IngressClass',
  'CustomResourceDefinition',
  'PriorityClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
]);

export function isClusterScoped(kind: string): boolean {
  return CLUSTER_SCOPED.has(kind);
}

/** Kinds that run pods. */
export const WORKLOADS: readonly string[] = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Rollout',
];

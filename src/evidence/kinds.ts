import { isForeign } from './group.ts';

/** Kind of a container that Docker or its like runs by itself: no object of Kubernetes, and read as a pod that has no other. */
export const CONTAINER = 'Container';

/** Whether a kind is a pod's, or what is read as one. */
export const isPodKind = (kind: string): boolean => kind === 'Pod' || kind === CONTAINER;

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
  hr: 'HelmRelease',
  helmrelease: 'HelmRelease',
  ks: 'Kustomization',
  kustomization: 'Kustomization',
  gitrepo: 'GitRepository',
  gitrepository: 'GitRepository',
  helmrepo: 'HelmRepository',
  helmrepository: 'HelmRepository',
  ocirepo: 'OCIRepository',
  ocirepository: 'OCIRepository',
  helmchart: 'HelmChart',
  bucket: 'Bucket',
  externalsecret: 'ExternalSecret',
  secretstore: 'SecretStore',
  clustersecretstore: 'ClusterSecretStore',
  sealedsecret: 'SealedSecret',
  issuer: 'Issuer',
  clusterissuer: 'ClusterIssuer',
  certificaterequest: 'CertificateRequest',
  challenge: 'Challenge',
  scaledobject: 'ScaledObject',
  taskrun: 'TaskRun',
  tr: 'TaskRun',
  pipelinerun: 'PipelineRun',
  pr: 'PipelineRun',
  scaledjob: 'ScaledJob',
  servicemonitor: 'ServiceMonitor',
  kafka: 'Kafka',
  kafkatopic: 'KafkaTopic',
  certificate: 'Certificate',
  gateway: 'Gateway',
  httproute: 'HTTPRoute',
  grpcroute: 'GRPCRoute',
  tlsroute: 'TLSRoute',
  tcproute: 'TCPRoute',
  gatewayclass: 'GatewayClass',
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
  const [plain = '', ...group] = word.toLowerCase().split('.');
  const kind =
    KINDS[plain] ??
    KINDS[plain.replace(/ies$/, 'y')] ??
    KINDS[plain.replace(/es$/, '')] ??
    KINDS[plain.replace(/s$/, '')];
  return kind !== undefined && isForeign(kind, group.join('.')) ? undefined : kind;
}

/** Kinds of operators that a command asks for, and whose names are common words elsewhere. */
const OF_OPERATORS =
  'Machine MachineSet MachineDeployment MachinePool Backup Restore Schedule BackupStorageLocation Database ScheduledBackup ' +
  'NodeClaim NodePool KafkaUser KafkaConnect KafkaConnector KafkaRebalance Workflow CronWorkflow Sensor EventSource EventBus ' +
  'Elasticsearch Kibana InferenceService SparkApplication FlinkDeployment ClusterOperator Subscription InstallPlan ' +
  'ClusterServiceVersion PushSecret Order CephCluster ImageRepository ImagePolicy ImageUpdateAutomation';
const ASKED = new Map([
  ...OF_OPERATORS.split(' ').map((kind) => [kind.toLowerCase(), kind] as const),
  ['co', 'ClusterOperator'],
  // Of External Secrets; Elastic's operator calls its clusters so, too, whose rows have columns of their own.
  ['es', 'ExternalSecret'],
  ['csv', 'ClusterServiceVersion'],
]);

/** The kind behind a word of a command or before the name in a row, where also common words (`machines`, `restores.velero.io`) are kinds. */
export function kindAsked(word: string): string | undefined {
  const [plain = ''] = word.toLowerCase().split('.');
  return (
    kindOf(word) ?? ASKED.get(plain) ?? ASKED.get(plain.replace(/ies$/, 'y')) ?? ASKED.get(plain.replace(/s$/, ''))
  );
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

import type { Json } from '../../src/manifest/json.ts';
import { keysOf } from './wish.ts';

/** `low`: what runs should not notice; `medium`: it may run differently; `high`: something that works now is likely to stop. */
export type Risk = 'low' | 'medium' | 'high';

/** What a changed field means for what runs, and how one sees that it went wrong. */
export interface Effect {
  readonly does: string;
  readonly risk: Risk;
  readonly watch: string;
}

interface Known extends Effect {
  /** The end of the field's path, its keys joined by dots, positions in lists left out. */
  readonly at: RegExp;
  /** Which changes are meant; all of them where it is left out. */
  readonly when?: (change: { readonly op: 'set' | 'append' | 'remove'; readonly value?: Json }) => boolean;
}

const RESTARTS = 'restarts of the container and its last log lines';

/** Fields of the Kubernetes API by what they do; the first that fits a change counts. */
const EFFECTS: readonly Known[] = [
  {
    at: /metadata\.labels(\.|$)/,
    does: 'Only what the object is found and listed by changes, nothing of how it runs.',
    risk: 'low',
    watch: 'what selects by this label: Services, NetworkPolicies, disruption budgets, dashboards and alerts',
  },
  {
    at: /metadata\.annotations\..*load-?balancer/i,
    does: 'The cloud makes the load balancer in another way: it may get another address, or none from outside.',
    risk: 'high',
    watch:
      'clients outside the cluster, and `EnsuringLoadBalancer` events of the Service: many clouds do not move one that exists',
  },
  {
    at: /metadata\.annotations(\.|$)/,
    does: 'Only what is noted at the object changes, nothing of how it runs.',
    risk: 'low',
    watch: 'controllers and tools that read this annotation',
  },
  {
    at: /securityContext\.allowPrivilegeEscalation$/,
    does: 'No process gains more rights than the one that started it: setuid programs and file capabilities have no effect.',
    risk: 'low',
    watch: '`operation not permitted` from programs such as sudo, su or ping in its log',
  },
  {
    at: /securityContext\.privileged$/,
    does: "The container loses the host's devices and the kernel rights that it had.",
    risk: 'high',
    watch: '`operation not permitted` and missing files under /dev in its log',
  },
  {
    at: /securityContext\.runAsNonRoot$/,
    does: 'The kubelet refuses to start a container whose user is root, or is given by name alone.',
    risk: 'medium',
    watch: 'pods in CreateContainerConfigError: `container has runAsNonRoot and image will run as root`',
  },
  {
    at: /securityContext\.readOnlyRootFilesystem$/,
    does: "The container can write nowhere but into its volumes: caches, PID files and logs in the image's own folders fail.",
    risk: 'medium',
    watch: '`Read-only file system` in its log, and restarts',
  },
  {
    at: /securityContext\.seccompProfile(\.\w+)?$/,
    does: "The kernel refuses rare system calls that are not on the runtime's own list.",
    risk: 'low',
    watch: '`operation not permitted` in its log',
  },
  {
    at: /securityContext\.capabilities\.add$/,
    when: ({ op }) => op === 'remove',
    does: 'The processes lose a kernel right that was asked for by name.',
    risk: 'high',
    watch: '`operation not permitted` in its log',
  },
  {
    at: /securityContext\.capabilities(\.drop)?$/,
    when: ({ op }) => op !== 'remove',
    does: 'The processes lose kernel rights that containers have by default: ports below 1024, chown and ping among them.',
    risk: 'medium',
    watch: '`permission denied` or `operation not permitted` in its log, above all at start',
  },
  {
    at: /securityContext\.(runAsUser|runAsGroup|fsGroup|supplementalGroups)$/,
    does: 'The program runs under another id: files in its image and volumes may belong to someone else.',
    risk: 'medium',
    watch: `\`permission denied\` in its log, ${RESTARTS}`,
  },
  {
    at: /securityContext\.(seLinuxOptions|appArmorProfile|windowsOptions|procMount|sysctls)\b/,
    does: "The runtime's own confinement holds instead of one that was asked for.",
    risk: 'medium',
    watch: `\`permission denied\` in its log, ${RESTARTS}`,
  },
  {
    at: /(^|\.)hostNetwork$/,
    does: "The pod gets an address of its own and no longer listens on the node's.",
    risk: 'high',
    watch: "clients that used the node's address, and NetworkPolicies that now hold for the pod",
  },
  {
    at: /(^|\.)(hostPID|hostIPC|shareProcessNamespace)$/,
    does: 'Its processes no longer see those outside the container.',
    risk: 'medium',
    watch: 'agents and sidecars that look at other processes',
  },
  {
    at: /\.hostPort$/,
    does: "The port is no longer open on the node's own address.",
    risk: 'high',
    watch: "clients that used the node's address: they need a Service",
  },
  {
    at: /(^|\.)automountServiceAccountToken$/,
    does: 'No token for the Kubernetes API is mounted: a program that calls the API has no identity.',
    risk: 'medium',
    watch: '`/var/run/secrets/kubernetes.io/serviceaccount/token: no such file` or 401 and 403 of the API in its log',
  },
  {
    at: /volumeMounts\.readOnly$/,
    does: 'The container can read this folder, and no longer write into it.',
    risk: 'medium',
    watch: '`Read-only file system` in its log',
  },
  {
    at: /(\.volumeMounts|\.volumes)$/,
    when: ({ op }) => op === 'append',
    does: 'There is a folder to write into; it is empty whenever the pod starts, and counts as storage of its node.',
    risk: 'low',
    watch: 'pods that are evicted for their `ephemeral-storage`, and what is expected to outlive the pod',
  },
  {
    at: /resources(\.limits)?\.memory$/,
    does: 'Above this much memory the container is killed.',
    risk: 'medium',
    watch: 'OOMKilled (exit code 137) and `container_memory_working_set_bytes` near the limit',
  },
  {
    at: /resources\.limits\.cpu$/,
    does: 'Above this much CPU the container is slowed down.',
    risk: 'medium',
    watch: 'latency, and `container_cpu_cfs_throttled_periods_total`',
  },
  {
    at: /resources\.requests(\.\w+)?$/,
    does: 'The scheduler keeps this much free on a node: pods wait where no node has it.',
    risk: 'low',
    watch: 'pods that stay Pending with `Insufficient cpu` or `Insufficient memory`',
  },
  {
    at: /resources(\.limits)?$/,
    does: 'The container is held to what it may use of its node.',
    risk: 'medium',
    watch: 'OOMKilled, throttling, and pods that stay Pending',
  },
  {
    at: /^spec\.replicas$/,
    does: 'Another number of pods runs.',
    risk: 'medium',
    watch: 'room on the nodes and the load of each pod; an autoscaler may set another number',
  },
  {
    at: /(livenessProbe|startupProbe)(\.|$)/,
    does: 'The kubelet restarts a container that fails this check.',
    risk: 'medium',
    watch: `events \`Unhealthy\`, ${RESTARTS}`,
  },
  {
    at: /readinessProbe(\.|$)/,
    does: 'A pod that fails this check gets no traffic, and a rollout waits for it.',
    risk: 'medium',
    watch: 'pods that stay unready, and rollouts that do not finish',
  },
  { at: /\.image$/, does: 'Another image runs.', risk: 'medium', watch: `ImagePullBackOff, ${RESTARTS}` },
  {
    at: /\.imagePullPolicy$/,
    does: 'When nodes fetch the image again changes, not which one runs.',
    risk: 'low',
    watch: 'ErrImagePull when the registry is down',
  },
  {
    at: /^spec\.type$/,
    does: 'The Service is reached in another way: from outside the cluster perhaps no longer.',
    risk: 'high',
    watch: 'clients outside the cluster',
  },
  {
    at: /^(subjects|rules|roleRef)(\.|$)/,
    does: 'Those whom the binding or role named have other rights in the Kubernetes API.',
    risk: 'high',
    watch: '403 Forbidden from the Kubernetes API in the logs of those who used it',
  },
  {
    at: /^spec\.(minReplicas|maxReplicas)$/,
    does: 'The autoscaler keeps the number of pods within other bounds.',
    risk: 'medium',
    watch: 'room on the nodes and the load of each pod',
  },
  {
    at: /\b(topologySpreadConstraints|affinity|tolerations|nodeSelector)(\.|$)/,
    does: 'Pods may run on other nodes.',
    risk: 'medium',
    watch: 'pods that stay Pending, and their `FailedScheduling` events',
  },
  {
    at: /^spec\.(tls|rules|defaultBackend|ingressClassName)(\.|$)/,
    does: 'Requests from outside are taken under other names or in another way.',
    risk: 'high',
    watch: 'clients, certificates and answers of the ingress controller',
  },
  {
    at: /\.volumes(\.|$)/,
    does: 'The pod gets another volume than before.',
    risk: 'medium',
    watch: 'pods that stay in ContainerCreating with `FailedMount`, and data that is not there',
  },
  {
    at: /\.env(\.|$)|\.envFrom(\.|$)/,
    does: 'The program gets its settings in another way.',
    risk: 'medium',
    watch: `CreateContainerConfigError, ${RESTARTS}`,
  },
  {
    at: /\.lifecycle(\.|$)/,
    does: 'What the kubelet calls when the container starts or stops changes.',
    risk: 'medium',
    watch: '`FailedPostStartHook` and `FailedPreStopHook` events',
  },
  {
    at: /\.terminationGracePeriodSeconds$/,
    does: 'A pod that is told to stop has another time to finish before it is killed.',
    risk: 'high',
    watch: 'containers that end with exit code 137 while they stop, and work that was cut off',
  },
  {
    at: /\.(activeDeadlineSeconds|backoffLimit|ttlSecondsAfterFinished)$/,
    does: 'A Job is ended, tried again or deleted at another time.',
    risk: 'medium',
    watch: 'Jobs that fail with `DeadlineExceeded` or `BackoffLimitExceeded`, or are gone before somebody read them',
  },
  {
    at: /\.(ports|containerPort|targetPort|nodePort|externalIPs|clusterIP)(\.|$)/,
    does: 'Other ports or addresses are open.',
    risk: 'medium',
    watch: 'refused connections of its callers, and a Service without ready endpoints',
  },
  {
    at: /\.(strategy|updateStrategy|minAvailable|maxUnavailable)(\.|$)/,
    does: 'How many pods may be gone at once during a rollout or a drain changes.',
    risk: 'medium',
    watch: 'rollouts and node drains that do not finish, and errors of callers while they run',
  },
  {
    at: /^apiVersion$/,
    does: 'The object is read by another version of its API.',
    risk: 'medium',
    watch: 'errors of the apply, and fields that the new version does not know',
  },
];

const UNKNOWN: Effect = {
  does: 'The policy insists on this value; opsline does not know what else hangs on it.',
  risk: 'medium',
  watch:
    'the conditions under `status` of this object (`kubectl describe`), warnings in `kubectl get events` of it and its pods, and errors in their logs',
};

/** What changing a field means. `path`: the keys from the object's top; a position in a list is a number. */
export function effectOf(
  path: readonly (string | number)[],
  change: { readonly op: 'set' | 'append' | 'remove'; readonly value?: Json },
): Effect {
  const dotted = keysOf(path);
  const found = EFFECTS.find(({ at, when }) => at.test(dotted) && (when?.(change) ?? true));
  if (found === undefined) return UNKNOWN;
  const { does, risk, watch } = found;
  return { does, risk, watch };
}

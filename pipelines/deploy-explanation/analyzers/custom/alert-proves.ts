import type { AlertRecord } from '../../../../src/evidence/parse/exports.ts';

/*
 * What an alert says by itself. Its name tells which state was measured, as the rules for Kubernetes, nodes, etcd, DNS and Prometheus name it;
 * only states that leave one kind open are here. That a Job failed, or a certificate will expire, leaves several.
 */

const PULLS = /^(?:ErrImagePull|ImagePullBackOff|InvalidImageName)$/;

const MEANINGS: readonly (readonly [name: RegExp, kind: string])[] = [
  [/Crash_?Loop/i, 'crash-unexplained'],
  [/(?:Pod|Container)\w*OOM_?Kill/i, 'oom-killed'],
  [/Pod\w*Not(?:Ready|Healthy)|ContainerWaiting/i, 'pod-not-ready'],
  [/DeploymentRolloutStuck/i, 'rollout-deadline-exceeded'],
  [
    /(?:Deployment|StatefulSet|DaemonSet|ReplicaSet)\w*(?:ReplicasMismatch|ReplicasUnavailable|RolloutStuck|NotRolledOut)/i,
    'workload-unavailable',
  ],
  [/(?:Hpa|HorizontalPodAutoscaler)\w*(?:MaxedOut|AtMax)/i, 'autoscaler-at-maximum'],
  [
    /(?:PersistentVolume|Filesystem|Disk|Volume)\w*(?:FillingUp|AlmostOutOf(?:Space|Files)|OutOf(?:Space|Inodes)|Full)/i,
    'disk-full',
  ],
  [/Node(?:NotReady|Unreachable|ReadinessFlapping)/i, 'node-not-ready'],
  [/Node(?:Memory|Disk|PID)?Pressure/i, 'node-under-pressure'],
  [/QuotaExceeded|QuotaFullyUsed/i, 'quota-exceeded'],
  [/Replication(?:Lag|Delay|Stopped|Broken)|ReplicaLag/i, 'replication-stalled'],
  [/KubeletDown/i, 'kubelet-down'],
  [/SchedulerDown/i, 'scheduler-down'],
  [/ControllerManagerDown/i, 'controller-manager-down'],
  [/KubeProxyDown/i, 'kube-proxy-down'],
  [/(?:CoreDNS|KubeDNS|ClusterDNS)(?:Down|Absent)/i, 'cluster-dns-down'],
  [/(?:Alertmanager|Prometheus)\w*(?:FailedReload|BadConfig)/i, 'bad-configuration'],
];

/** The failure kind that an alert proves by itself, where its name (and the reason among its labels) leave one open. */
export function provenBy({ name, labels }: AlertRecord): string | undefined {
  if (PULLS.test(labels.reason ?? '')) return 'image-pull-failed';
  if (/ContainerWaiting/i.test(name) && /^Create(?:Pod)?Container/.test(labels.reason ?? '')) return undefined;
  return MEANINGS.find(([pattern]) => pattern.test(name))?.[1];
}

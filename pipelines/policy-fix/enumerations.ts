import type { Json, JsonObject } from '../../src/manifest/json.ts';
import type { Path } from './edits.ts';

/** Fields of Kubernetes that take one of a few words (API reference), by their own key, or with the key around it. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  concurrencyPolicy: ['Forbid', 'Replace', 'Allow'],
  externalTrafficPolicy: ['Local', 'Cluster'],
  internalTrafficPolicy: ['Local', 'Cluster'],
  sessionAffinity: ['None', 'ClientIP'],
  pathType: ['Prefix', 'Exact', 'ImplementationSpecific'],
  dnsPolicy: ['ClusterFirst', 'Default', 'None'],
  imagePullPolicy: ['Always', 'IfNotPresent'],
  persistentVolumeReclaimPolicy: ['Retain', 'Delete'],
  reclaimPolicy: ['Retain', 'Delete'],
  volumeBindingMode: ['WaitForFirstConsumer', 'Immediate'],
  accessModes: ['ReadWriteOnce', 'ReadWriteOncePod', 'ReadOnlyMany', 'ReadWriteMany'],
  podManagementPolicy: ['OrderedReady', 'Parallel'],
  'updateStrategy.type': ['RollingUpdate', 'OnDelete'],
  'strategy.type': ['RollingUpdate', 'Recreate'],
  'persistentVolumeClaimRetentionPolicy.whenDeleted': ['Retain', 'Delete'],
  'persistentVolumeClaimRetentionPolicy.whenScaled': ['Retain', 'Delete'],
  unhealthyPodEvictionPolicy: ['AlwaysAllow', 'IfHealthyBudget'],
  terminationMessagePolicy: ['File', 'FallbackToLogsOnError'],
  preemptionPolicy: ['PreemptLowerPriority', 'Never'],
  // The accounts that Windows images have.
  'windowsOptions.runAsUserName': ['ContainerUser', 'ContainerAdministrator'],
  completionMode: ['NonIndexed', 'Indexed'],
};

/** What pods may do when they end, by the kind of what makes them. */
const restarts = (kind: Json | undefined): readonly string[] =>
  kind === 'Job' || kind === 'CronJob'
    ? ['Never', 'OnFailure']
    : kind === 'Pod'
      ? ['Always', 'OnFailure', 'Never']
      : ['Always'];

/**
 * The words that a field of Kubernetes takes, or each item of a list there, the most careful one first; empty where it takes
 * any, or is not known.
 */
export function wordsAt({ kind }: JsonObject, path: Path): readonly string[] {
  if (path.at(-1) === 'restartPolicy' && path.at(-2) === 'spec') return restarts(kind);
  const [around, key] = path.filter((part) => typeof part === 'string').slice(-2);
  return VALUES[`${around}.${key}`] ?? VALUES[String(key ?? around)] ?? [];
}

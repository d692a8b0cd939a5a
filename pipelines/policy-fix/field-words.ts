import { type Json, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import type { Path } from './edits.ts';
import { isLabel } from './wish.ts';

/** Fields of Kubernetes that take one of a few words (API reference), by their own key, or with the key around it. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
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
  // Of a Gateway's listener; `Selector` takes one beside it.
  'namespaces.from': ['Same', 'All'],
  // Of cert-manager's Certificate.
  'privateKey.rotationPolicy': ['Always', 'Never'],
  // Of Istio's PeerAuthentication.
  'mtls.mode': ['STRICT', 'PERMISSIVE', 'DISABLE'],
};

/** The words of a field, whatever makes the pods it stands in; none where it takes others as well. */
export function wordsOf(path: Path): readonly string[] {
  const [around, key] = path.filter((part) => typeof part === 'string').slice(-2);
  return WORDS[`${around}.${key}`] ?? WORDS[String(key ?? around)] ?? [];
}

/** What pods may do when they end, by the kind of what makes them. */
const restarts = (kind: Json | undefined): readonly string[] =>
  kind === 'Job' || kind === 'CronJob'
    ? ['Never', 'OnFailure']
    : kind === 'Pod'
      ? ['Always', 'OnFailure', 'Never']
      : ['Always'];

/** `None` takes name servers beside it, and `ClusterFirstWithHostNet` is for pods on the node's network. */
function resolvers(object: JsonObject, pod: Path): readonly string[] {
  const servers = valueAt(object, [...pod, 'dnsConfig', 'nameservers']);
  const onHost = valueAt(object, [...pod, 'hostNetwork']) === true;
  return [
    onHost ? 'ClusterFirstWithHostNet' : 'ClusterFirst',
    'Default',
    ...(Array.isArray(servers) && servers.length > 0 ? ['None'] : []),
  ];
}

/**
 * The words that a field of Kubernetes takes, or each item of a list there, the most careful one first; empty where it takes
 * any, or is not known.
 */
export function wordsAt(object: JsonObject, path: Path): readonly string[] {
  if (path.at(-1) === 'restartPolicy' && path.at(-2) === 'spec') return restarts(object.kind);
  // What takes certificates beside it (`MUTUAL`) is not among them.
  if (object.kind === 'DestinationRule' && path.at(-1) === 'mode' && path.at(-2) === 'tls')
    return ['ISTIO_MUTUAL', 'SIMPLE', 'DISABLE'];
  if (path.at(-1) === 'dnsPolicy') return resolvers(object, path.slice(0, -1));
  // How a custom kind updates, or builds, by a strategy of its own is another matter.
  if (/^(?:updateS|s)trategy$/.test(String(path.at(-2))) && !String(object.apiVersion).startsWith('apps/')) return [];
  return wordsOf(path);
}

/** A word that is compared without regard to case as it is written at a path; undefined where that is not known. */
export function asWritten(path: Path, word: string): string | undefined {
  if (isLabel(path)) return word;
  if (path.includes('capabilities')) return word.toUpperCase();
  const words = path.at(-1) === 'restartPolicy' ? restarts('Pod') : wordsOf(path);
  return words.find((known) => known.toLowerCase() === word.toLowerCase());
}

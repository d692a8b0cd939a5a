import type { Cause, Remedy, Way } from './schema.ts';

/** In which way a remedy helps: it only looks, goes back, edits what is in Git, runs a command, or asks somebody. */
export function wayOf({ title, way, changes, command, patch }: Remedy): Way {
  if (way !== undefined) return way;
  if (/^(?:revert|undo|roll back)\b/i.test(title) || /\brollout undo\b|\bhelm rollback\b/.test(command ?? ''))
    return 'revert';
  if (patch !== undefined) return 'patch';
  if (!changes) return 'look';
  return command === undefined ? 'patch' : 'command';
}

/** Who can do what the one who deploys usually may not, by kind of failure; and what to ask of them. */
const ASKS: readonly (readonly [RegExp, string, string])[] = [
  [/^(?:quota-exceeded|limit-range-violated)$/, 'whoever owns the namespace', 'whether its limits may be raised'],
  [
    /^(?:gatekeeper|kyverno|admission-policy|pod-security|admission-webhook)-denied$/,
    'the owners of the policy',
    'for an exception, if the manifest must stay as it is',
  ],
  [/^admission-webhook-unreachable$/, 'the owners of the webhook', 'to bring it up or to let it fail open'],
  [/^(?:api-forbidden|rbac-forbidden)$/, 'whoever grants roles in the cluster', 'for the missing permission'],
  [/^argocd-(?:project-denied|destination-invalid)$/, 'the Argo CD administrators', 'to permit it in the project'],
  [
    /^(?:insufficient-resources|node-unschedulable|taint-not-tolerated|node-not-ready|node-under-pressure|node-missing)$/,
    'whoever runs the nodes',
    'for capacity, or when the nodes come back',
  ],
  [
    /^(?:scheduler|controller-manager|cluster-dns|kube-proxy|network-plugin|kubelet|container-runtime)-(?:down|not-ready)$/,
    'whoever runs the cluster',
    'to bring it up',
  ],
  [/^(?:cloud-quota-exceeded|cloud-access-denied)$/, 'whoever owns the cloud account', 'for the quota or permission'],
  [/^network-policy-blocks$/, 'the owners of the network policy', 'to let this traffic through'],
  [/^fault-injected$/, 'whoever runs the experiment', 'to end it'],
  [
    /^(?:image-pull-denied|docker-registry-denied|package-registry-denied)$/,
    'the owners of the registry',
    'for access',
  ],
];

/** The remedy that asks somebody, for causes that are not in the hands of the one who deploys. */
export function asksFor({ kind }: Cause): Remedy[] {
  return ASKS.filter(([kinds]) => kinds.test(kind)).map(([, whom, what]) => ({
    title: `Ask ${whom} ${what}`,
    way: 'ask',
    risk: 'none',
    changes: false,
  }));
}

/**
 * Events that a page shows without their reason: what the kubelet, the scheduler and the controllers write as the message of each reason
 * (`pkg/kubelet/events`, `pkg/scheduler`, `pkg/controller` of Kubernetes).
 */
const MESSAGES: readonly (readonly [message: RegExp, reason: string, type: 'Normal' | 'Warning'])[] = [
  [/^Successfully assigned \S+ to \S+/, 'Scheduled', 'Normal'],
  [/^\d+\/\d+ nodes are available: /, 'FailedScheduling', 'Warning'],
  [/^Pulling image "/, 'Pulling', 'Normal'],
  [/^(?:Successfully pulled image|Container image) "/, 'Pulled', 'Normal'],
  [/^Failed to pull image "/, 'Failed', 'Warning'],
  [/^Back-off (?:pulling image "|restarting failed container)/, 'BackOff', 'Warning'],
  [/^Created container/, 'Created', 'Normal'],
  [/^Started container/, 'Started', 'Normal'],
  [
    /^Error: (?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|(?:configmap|secret) "|couldn't find key |failed to (?:create (?:containerd |shim )?(?:task|container)\b|start container |generate container |reserve container name |prepare subPath )|container has runAsNonRoot )/,
    'Failed',
    'Warning',
  ],
  [/^(?:Liveness|Readiness|Startup) probe (?:failed|errored): /, 'Unhealthy', 'Warning'],
  [/^Container \S+ failed (?:liveness|startup) probe, will be restarted/, 'Killing', 'Normal'],
  [/^(?:Stopping container|Killing container) /, 'Killing', 'Normal'],
  [/^MountVolume\.\w+ failed for volume "|^Unable to attach or mount volumes: /, 'FailedMount', 'Warning'],
  [/^Multi-Attach error for volume "|^AttachVolume\.\w+ failed for volume "/, 'FailedAttachVolume', 'Warning'],
  [/^Failed to create pod sandbox: /, 'FailedCreatePodSandBox', 'Warning'],
  [/^Error creating: /, 'FailedCreate', 'Warning'],
  [/^create (?:Pod|Claim) \S+ in StatefulSet \S+ failed error: /, 'FailedCreate', 'Warning'],
  [/^Created pod: \S+$/, 'SuccessfulCreate', 'Normal'],
  [/^Scaled (?:up|down) replica set \S+/, 'ScalingReplicaSet', 'Normal'],
  [/^Job has reached the specified backoff limit/, 'BackoffLimitExceeded', 'Warning'],
  [
    /^storageclass\.storage\.k8s\.io "[^"]+" not found|^failed to provision volume with /,
    'ProvisioningFailed',
    'Warning',
  ],
  [/^The node was low on resource: /, 'Evicted', 'Warning'],
  [/^failed to get \S+ (?:utilization|resource metric|external metric)/, 'FailedGetResourceMetric', 'Warning'],
];

/** Reason and type of an event, by its message; undefined for a sentence that is no event's. */
export function reasonOf(
  message: string,
): { readonly reason: string; readonly type: 'Normal' | 'Warning' } | undefined {
  const found = MESSAGES.find(([pattern]) => pattern.test(message));
  return found === undefined ? undefined : { reason: found[1], type: found[2] };
}

/** What only warnings are called. */
const WARNED =
  /^(?:Failed|BackOff|Unhealthy|Err|Evict|Invalid|Inspect|NodeNotReady|Preempt|ProvisioningFailed|\w*(?:Failed|Error|Exceeded)$)/;

/** The type of an event whose page shows none, by its message or its reason. */
export function typeOf(reason: string, message: string): 'Normal' | 'Warning' {
  return reasonOf(message)?.type ?? (WARNED.test(reason) ? 'Warning' : 'Normal');
}

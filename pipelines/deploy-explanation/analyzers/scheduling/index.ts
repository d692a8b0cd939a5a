import type { Analyzer } from '../analyzer.ts';
import { claimLost } from './claim-lost.ts';
import { claimPending } from './claim-pending.ts';
import { hostPortTaken } from './host-port-taken.ts';
import { insufficientResources } from './insufficient-resources.ts';
import { nodeAffinityMismatch } from './node-affinity-mismatch.ts';
import { nodeMissing } from './node-missing.ts';
import { nodeSelectorMismatch } from './node-selector-mismatch.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { podAffinityMismatch } from './pod-affinity-mismatch.ts';
import { podPreempted } from './pod-preempted.ts';
import { podRejected } from './pod-rejected.ts';
import { podUnschedulable } from './pod-unschedulable.ts';
import { taintNotTolerated } from './taint-not-tolerated.ts';
import { topologySpread } from './topology-spread.ts';
import { volumeUnbound } from './volume-unbound.ts';

export const scheduling: readonly Analyzer[] = [
  insufficientResources,
  hostPortTaken,
  nodeSelectorMismatch,
  nodeAffinityMismatch,
  podAffinityMismatch,
  taintNotTolerated,
  nodeUnschedulable,
  topologySpread,
  nodeMissing,
  podPreempted,
  podRejected,
  podUnschedulable,
  volumeUnbound,
  claimPending,
  claimLost,
];

import { alsoTold } from '../also-told.ts';
import type { Analyzer } from '../analyzer.ts';
import { autoscalerAtMaximum } from './autoscaler-at-maximum.ts';
import { autoscalerTargetMissing } from './autoscaler-target.ts';
import { cpuThrottled } from './cpu-throttled.ts';
import { cronjobMissedStarts } from './cronjob-missed-starts.ts';
import { cronjobSuspended } from './cronjob-suspended.ts';
import { disruptionBudgetBlocks } from './disruption-budget.ts';
import { backoffLimitExceeded, jobDeadlineExceeded } from './jobs.ts';
import { nodeNotReady, nodePressure } from './node-not-ready.ts';
import { oomKilled } from './oom-killed.ts';
import { evicted } from './pod-evicted.ts';
import { podNotReady } from './pod-not-ready.ts';
import { probes } from './probes.ts';
import { requestsFailing } from './requests-failing.ts';
import { slowOperations } from './slow-operations.ts';
import { toldDeadlines } from './told-deadline.ts';
import { failingByMetric } from './told-metrics.ts';
import { unreadQueues } from './unread-queue.ts';
import { volumeResizePending } from './volume-resize-pending.ts';
import { autoscalerBlind, progressDeadlineExceeded, zeroReplicas } from './workload-states.ts';
import { workloadUnavailable } from './workload-unavailable.ts';

export const running: readonly Analyzer[] = [
  oomKilled,
  cpuThrottled,
  ...probes,
  volumeResizePending,
  evicted,
  nodeNotReady,
  nodePressure,
  alsoTold(zeroReplicas, unreadQueues),
  backoffLimitExceeded,
  jobDeadlineExceeded,
  autoscalerBlind,
  autoscalerAtMaximum,
  autoscalerTargetMissing,
  cronjobSuspended,
  cronjobMissedStarts,
  disruptionBudgetBlocks,
  alsoTold(progressDeadlineExceeded, toldDeadlines),
  workloadUnavailable,
  podNotReady,
  alsoTold(requestsFailing, failingByMetric),
  slowOperations,
];

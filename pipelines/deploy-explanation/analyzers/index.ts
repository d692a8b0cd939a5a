import { admission } from './admission/index.ts';
import type { Analyzer } from './analyzer.ts';
import { withClusterRuns } from './build/cluster-runs.ts';
import { build } from './build/index.ts';
import { alertFiring } from './custom/alert-firing.ts';
import { resourceUnwell } from './custom/resource-unwell.ts';
import { watchdogAlert } from './custom/watchdog-alert.ts';
import { delivery } from './delivery/index.ts';
import { planDestroysData } from './infrastructure/destroys.ts';
import { infrastructure } from './infrastructure/index.ts';
import { network } from './network/index.ts';
import { withProxyAnswers } from './network/proxy-answers.ts';
import { outputAnalyzers } from './output-analyzer.ts';
import { platform } from './platform/index.ts';
import { running } from './running/index.ts';
import { scheduling } from './scheduling/index.ts';
import { startup } from './startup/index.ts';
import { sync } from './sync/argocd.ts';

/** Every analyzer, by stage. `docs/failure-kinds.md` is generated from this list. */
export const analyzers: readonly Analyzer[] = [
  ...outputAnalyzers([...build, ...infrastructure]),
  planDestroysData,
  ...admission,
  ...sync,
  ...scheduling,
  ...startup,
  ...running,
  ...platform,
  ...network,
  ...delivery,
  resourceUnwell,
  watchdogAlert,
  alertFiring,
]
  .map(withProxyAnswers)
  .map(withClusterRuns);

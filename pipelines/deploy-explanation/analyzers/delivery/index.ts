import type { Analyzer } from '../analyzer.ts';
import { analysisFailed } from './analysis-failed.ts';
import { deploymentPaused } from './deployment-paused.ts';
import { rollouts } from './rollout.ts';

export const delivery: readonly Analyzer[] = [...rollouts, analysisFailed, deploymentPaused];

import type { Analyzer } from '../analyzer.ts';
import { analysisFailed } from './analysis-failed.ts';
import { rollouts } from './rollout.ts';

export const delivery: readonly Analyzer[] = [...rollouts, analysisFailed];

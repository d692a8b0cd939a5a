import type { Boards } from '../src/leaderboard/boards.ts';
import type { AnyPipeline } from '../src/runs/pipeline.ts';
import { deployExplanation } from './deploy-explanation/index.ts';
import { leaderboardStats } from './leaderboard-stats/index.ts';
import { policyFix } from './policy-fix/index.ts';

/** Every pipeline that opsline serves. */
export function createPipelines({ boards }: { readonly boards: Boards }): AnyPipeline[] {
  return [deployExplanation, policyFix, leaderboardStats(boards)];
}

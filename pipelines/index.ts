import type { ClusterSource } from '../src/config.ts';
import type { Boards } from '../src/leaderboard/boards.ts';
import type { AnyPipeline } from '../src/runs/pipeline.ts';
import { deployExplanationOn } from './deploy-explanation/index.ts';
import { leaderboardStats } from './leaderboard-stats/index.ts';
import { policyFixServing } from './policy-fix/index.ts';

/** Every pipeline that opsline serves. */
export function createPipelines({
  boards,
  clusters = new Map(),
}: {
  readonly boards: Boards;
  /** What explanations may read, and policy-fix may ask by dry runs, by name. */
  readonly clusters?: ReadonlyMap<string, ClusterSource>;
}): AnyPipeline[] {
  return [deployExplanationOn(clusters), policyFixServing(clusters), leaderboardStats(boards)];
}

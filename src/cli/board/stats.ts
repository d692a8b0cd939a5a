import type { Command } from 'commander';
import { print, printJson, wantsColor } from '../io.ts';
import { outputOption, serverOption } from '../options.ts';
import { outputOf } from '../run-pipeline.ts';
import { clientFor } from '../runs.ts';
import { type BoardFlags, windowOption } from './shared.ts';

/** `opsline board stats`. */
export function addStats(board: Command): void {
  board
    .command('stats')
    .description('compute the statistics document of a window, with its narrative')
    .argument('<id>')
    .addOption(windowOption())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags) => {
      const [{ renderStats }, { StatsDocument }] = await Promise.all([
        import('../../../pipelines/leaderboard-stats/render.ts'),
        import('../../../pipelines/leaderboard-stats/schema.ts'),
      ]);
      const run = await clientFor(flags).run('leaderboard-stats', { board: id, window: flags.window }, () => {});
      const document = outputOf(StatsDocument, run);
      if (flags.output === 'json') printJson(document);
      else print(renderStats(document, { color: wantsColor(process.stdout) }));
    });
}

import type { Command } from 'commander';
import { z } from 'zod';
import { Board } from '../../leaderboard/definition.ts';
import { boardPaths } from '../board-paths.ts';
import { print, printJson, say } from '../io.ts';
import { outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { table } from '../table.ts';
import type { BoardFlags } from './shared.ts';

/** `opsline board ls`. */
export function addLs(board: Command): void {
  board
    .command('ls')
    .description('list boards')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (flags: BoardFlags) => {
      const { boards } = z
        .object({ boards: z.array(Board) })
        .parse(await clientFor(flags).request('GET', boardPaths.all));
      if (flags.output === 'json') return printJson(boards);
      if (boards.length === 0) return say('There are no boards. Make one with: opsline board create');
      const rows = boards.map((each) => [
        each.id,
        each.operator,
        each.direction,
        each.windows.map(({ kind }) => kind).join(','),
        each.title ?? '',
      ]);
      print(table(['ID', 'OPERATOR', 'BETTER', 'WINDOWS', 'TITLE'], rows));
    });
}

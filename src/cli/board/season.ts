import type { Command } from 'commander';
import { boardPaths } from '../board-paths.ts';
import { printJson, say } from '../io.ts';
import { outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import type { BoardFlags } from './shared.ts';

/** `opsline board season add`. */
export function addSeason(board: Command): void {
  const season = board.command('season').description('windows with a start and an end of their own');
  season
    .command('add')
    .description('add a season to a board; seasons never change')
    .argument('<id>', 'the board')
    .argument('<season>', 'a-z, 0-9, _ and -')
    .requiredOption('--start <time>', 'RFC 3339, such as 2026-12-01T00:00:00Z')
    .requiredOption('--end <time>', 'events before here belong to it')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, name: string, flags: BoardFlags & { start: string; end: string }) => {
      const body = { start: flags.start, end: flags.end };
      const made = await clientFor(flags).request('PUT', boardPaths.season(id, name), { body });
      if (flags.output === 'json') printJson(made);
      else say(`The board ${id} has the season ${name}: --window season:${name}`);
    });
}

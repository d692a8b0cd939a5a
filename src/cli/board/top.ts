import type { Command } from 'commander';
import { boardPaths } from '../board-paths.ts';
import { integer, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { type BoardFlags, windowOption } from './shared.ts';
import { printStandings } from './standings.ts';

/** `opsline board top`. */
export function addTop(board: Command): void {
  board
    .command('top')
    .description('print the standings from the top')
    .argument('<id>')
    .option('--limit <number>', 'at most this many', integer(1, 1000), 10)
    .addOption(windowOption())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags & { limit: number }) => {
      const query = { limit: flags.limit };
      printStandings(await clientFor(flags).request('GET', boardPaths.top(id, flags.window), { query }), flags);
    });
}

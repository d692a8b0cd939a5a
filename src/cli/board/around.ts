import type { Command } from 'commander';
import { boardPaths } from '../board-paths.ts';
import { integer, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { type BoardFlags, windowOption } from './shared.ts';
import { printStandings } from './standings.ts';

/** `opsline board around`. */
export function addAround(board: Command): void {
  board
    .command('around')
    .description('print the standings around a player')
    .argument('<id>')
    .requiredOption('--player <id>')
    .option('--span <number>', 'how many before and behind', integer(0, 100), 3)
    .addOption(windowOption())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags & { player: string; span: number }) => {
      const query = { span: flags.span };
      const path = boardPaths.read(id, flags.window, 'around', flags.player);
      printStandings(await clientFor(flags).request('GET', path, { query }), flags, flags.player);
    });
}

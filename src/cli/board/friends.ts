import type { Command } from 'commander';
import { Friends } from '../../leaderboard/reads/friends.ts';
import { boardPaths } from '../board-paths.ts';
import { print, printJson, say } from '../io.ts';
import { outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { type BoardFlags, windowOption } from './shared.ts';
import { standingsTable } from './standings.ts';

/** `opsline board friends`. */
export function addFriends(board: Command): void {
  board
    .command('friends')
    .description('print the entries of a set of players, in order')
    .argument('<id>')
    .argument('<players...>', 'at most 200')
    .addOption(windowOption())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, players: string[], flags: BoardFlags) => {
      const path = boardPaths.read(id, flags.window, 'entries');
      const friends = Friends.parse(await clientFor(flags).request('GET', path, { query: { player: players } }));
      if (flags.output === 'json') return printJson(friends);
      print(standingsTable(friends.entries));
      if (friends.missing.length > 0) say(`without an entry: ${friends.missing.join(', ')}`);
      say(`of ${friends.count} entries in ${friends.window}`);
    });
}

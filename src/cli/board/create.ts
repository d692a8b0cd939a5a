import { type Command, Option } from 'commander';
import { boardPaths } from '../board-paths.ts';
import { printJson, say } from '../io.ts';
import { integer, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import type { BoardFlags } from './shared.ts';

/** `opsline board create`. */
export function addCreate(board: Command): void {
  board
    .command('create')
    .description('make a board; boards never change')
    .argument('<id>', 'a-z, 0-9, _ and -')
    .addOption(
      new Option('--operator <operator>', 'what an entry keeps of a player’s events')
        .choices(['best', 'latest', 'sum', 'count'])
        .makeOptionMandatory(),
    )
    .addOption(new Option('--direction <direction>', 'which score is better').choices(['higher', 'lower']))
    .option('--decimals <number>', 'digits after the point', integer(0, 6))
    .option('--windows <kinds...>', 'all, day')
    .option('--title <text>', 'what people call it')
    .option('--unit <text>', 'what a score counts, in the plural')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, { server, output, ...settings }: BoardFlags) => {
      const client = clientFor(server === undefined ? {} : { server });
      const made = await client.request('PUT', boardPaths.one(id), { body: settings });
      if (output === 'json') printJson(made);
      else say(`The board ${id} is there.`);
    });
}

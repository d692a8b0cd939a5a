import type { Command } from 'commander';
import pc from 'picocolors';
import { MAX_MOVERS, Movers } from '../../leaderboard/reads/movers.ts';
import { boardPaths } from '../board-paths.ts';
import { print, printJson, say, wantsColor } from '../io.ts';
import { integer, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { table } from '../table.ts';
import { type BoardFlags, windowOption } from './shared.ts';
import { scoreTexts } from './standings.ts';

/** `opsline board movers`. */
export function addMovers(board: Command): void {
  board
    .command('movers')
    .description('print who entered, climbed, fell and left since the window before')
    .argument('<id>')
    .option('--top <number>', 'compare so many first entries', integer(1, MAX_MOVERS), 100)
    .addOption(windowOption().default('day'))
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags & { top: number }) => {
      const path = boardPaths.read(id, flags.window, 'movers');
      const movers = Movers.parse(await clientFor(flags).request('GET', path, { query: { top: flags.top } }));
      if (flags.output === 'json') return printJson(movers);
      print(moversTable(movers));
      say(
        `${movers.stayed} of the first ${movers.top} stayed where they were; ${movers.window} beside ${movers.before}`,
      );
    });
}

function moversTable({ entered, climbed, fallen, left }: Movers): string {
  const { green, red, cyan, dim } = pc.createColors(wantsColor(process.stdout));
  const moved = [...climbed, ...fallen];
  const scores = scoreTexts([...entered, ...moved].map(({ score }) => score));
  const rows = [
    ...entered.map(({ player, rank }) => [cyan('new'), player, '', String(rank)]),
    ...moved.map(({ player, rankBefore, rank, change }) => [
      change > 0 ? green(`+${change}`) : red(String(change)),
      player,
      String(rankBefore),
      String(rank),
    ]),
  ].map((row, index) => [...row, scores[index] as string]);
  const gone = left.map(({ player, rankBefore, rank }) => [
    dim('left'),
    player,
    String(rankBefore),
    rank === undefined ? '' : String(rank),
    '',
  ]);
  return table(['CHANGE', 'PLAYER', 'BEFORE', 'NOW', 'SCORE'], [...rows, ...gone]);
}

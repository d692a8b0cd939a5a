import { type Command, Option } from 'commander';
import { OpslineError } from '../../errors.ts';
import { Standing } from '../../leaderboard/reads/standing.ts';
import { SupposedRank } from '../../leaderboard/reads/supposed.ts';
import { boardPaths } from '../board-paths.ts';
import { print, printJson, say } from '../io.ts';
import { outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { type BoardFlags, windowOption } from './shared.ts';
import { standingsTable } from './standings.ts';

/** `opsline board rank`. */
export function addRank(board: Command): void {
  board
    .command('rank')
    .description('print where a player stands, or where a score would')
    .argument('<id>')
    .addOption(new Option('--player <id>', 'a player that has an entry').conflicts('score'))
    .option('--score <number>', 'a score that a new entry might have')
    .addOption(windowOption())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags & { player?: string; score?: string }) => {
      const { player, score } = flags;
      if (player !== undefined) {
        const path = boardPaths.read(id, flags.window, 'entries', player);
        const answer = Standing.parse(await clientFor(flags).request('GET', path));
        if (flags.output === 'json') printJson(answer);
        else sayStanding(answer);
      } else if (score !== undefined) {
        const path = boardPaths.read(id, flags.window, 'rank');
        const answer = SupposedRank.parse(await clientFor(flags).request('GET', path, { query: { score } }));
        if (flags.output === 'json') printJson(answer);
        else saySupposed(answer);
      } else {
        throw new OpslineError('invalid-input', 'Say whose rank: --player, or --score for one that nobody has yet.');
      }
    });
}

function sayStanding(standing: Standing): void {
  print(standingsTable([standing]));
  say(`of ${standing.count} entries; as good as or better than ${standing.percentile} % of them`);
}

function saySupposed(supposed: SupposedRank): void {
  const { score, rank, competitionRank, better, count } = supposed;
  print(`${score} would come in at place ${rank} (rank ${competitionRank}): ${better} of ${count} entries are better`);
}

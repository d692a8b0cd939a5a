import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { Batch } from '../leaderboard/accept.ts';
import { Board } from '../leaderboard/definition.ts';
import { Page } from '../leaderboard/reads.ts';
import { addBoardManagement } from './board-management.ts';
import { boardPaths } from './board-paths.ts';
import { print, printJson, say, wantsColor } from './io.ts';
import { integer, outputOption, serverOption } from './options.ts';
import { outputOf } from './run-pipeline.ts';
import { clientFor } from './runs.ts';
import { table } from './table.ts';

interface BoardFlags {
  readonly server?: string;
  readonly output: 'text' | 'json';
  readonly window: string;
}

/** `opsline board ls|create|ingest|top|around|stats`, and what `board-management.ts` adds. */
export function addBoard(program: Command): void {
  const board = program
    .command('board')
    .description('make leaderboards, send them events, read standings and statistics')
    .addHelpText(
      'after',
      `
Talks to OPSLINE_URL, else to \`opsline up\` on this machine.

Examples:
  opsline board create weekly-laps --operator best --direction lower --decimals 3 --unit seconds
  opsline board ingest weekly-laps events.ndjson --key import-2026-11-23
  opsline board top weekly-laps --window day:2026-11-23
  opsline board around weekly-laps --player ada
  opsline board correct weekly-laps --window day:2026-11-23 --player ada --score 48.04 --reason 'sensor failed'
  opsline board stats weekly-laps -o json | jq .leaders`,
    );
  const window = (): Option =>
    new Option('--window <window>', 'all, or a UTC day such as day:2026-11-23').default('all');

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

  board
    .command('ingest')
    .description('send score events: NDJSON or a JSON array, from a file or -')
    .argument('<id>')
    .argument('<file>', 'a file, or - for standard input')
    .option('--key <key>', 'sending the same events under the same key again counts once')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, file: string, flags: BoardFlags & { key?: string }) => {
      const body = file === '-' ? await text(process.stdin) : await readEvents(file);
      const type = body.trimStart().startsWith('[') ? 'application/json' : 'application/x-ndjson';
      const headers = {
        'content-type': type,
        prefer: 'wait=30',
        ...(flags.key ? { 'idempotency-key': flags.key } : {}),
      };
      const batch = Batch.parse(await clientFor(flags).request('POST', boardPaths.events(id), { body, headers }));
      if (flags.output === 'json') return printJson(batch);
      const state = batch.applied < batch.parts ? `${batch.applied} of ${batch.parts} parts applied so far` : 'applied';
      say(`${batch.events} events, ${state}${batch.duplicate ? ' (the same batch was sent before)' : ''}.`);
      for (const { part, reason } of batch.refused) say(`part ${part} was refused: ${reason}`);
      if (batch.refused.length > 0) process.exitCode = 1;
    });

  board
    .command('top')
    .description('print the standings from the top')
    .argument('<id>')
    .option('--limit <number>', 'at most this many', integer(1, 1000), 10)
    .addOption(window())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags & { limit: number }) => {
      const query = { limit: flags.limit };
      standings(await clientFor(flags).request('GET', boardPaths.top(id, flags.window), { query }), flags);
    });

  board
    .command('around')
    .description('print the standings around a player')
    .argument('<id>')
    .requiredOption('--player <id>')
    .option('--span <number>', 'how many before and behind', integer(0, 100), 3)
    .addOption(window())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags & { player: string; span: number }) => {
      const query = { span: flags.span };
      const path = boardPaths.around(id, flags.window, flags.player);
      standings(await clientFor(flags).request('GET', path, { query }), flags, flags.player);
    });

  board
    .command('stats')
    .description('compute the statistics document of a window, with its narrative')
    .argument('<id>')
    .addOption(window())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags) => {
      const [{ renderStats }, { StatsDocument }] = await Promise.all([
        import('../../pipelines/leaderboard-stats/render.ts'),
        import('../../pipelines/leaderboard-stats/schema.ts'),
      ]);
      const run = await clientFor(flags).run('leaderboard-stats', { board: id, window: flags.window }, () => {});
      const document = outputOf(StatsDocument, run);
      if (flags.output === 'json') printJson(document);
      else print(renderStats(document, { color: wantsColor(process.stdout) }));
    });

  addBoardManagement(board);
}

function standings(answer: unknown, flags: BoardFlags, player?: string): void {
  const page = Page.parse(answer);
  if (flags.output === 'json') {
    printJson(page);
    return;
  }
  const rows = page.entries.map((entry) => [
    String(entry.rank),
    entry.deleted ? '(deleted)' : entry.player === player ? `${entry.player} <` : entry.player,
    String(entry.score),
    entry.time ?? '',
  ]);
  print(table(['RANK', 'PLAYER', 'SCORE', 'SINCE'], rows));
  say(`${page.count} entries in ${page.window}`);
}

async function readEvents(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new OpslineError('invalid-input', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

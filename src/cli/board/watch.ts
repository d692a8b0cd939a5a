import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import pc from 'picocolors';
import { OpslineError } from '../../errors.ts';
import { Page } from '../../leaderboard/reads/page.ts';
import { boardPaths } from '../board-paths.ts';
import type { Client } from '../client.ts';
import { untilInterrupted } from '../interrupt.ts';
import { print, say, wantsColor } from '../io.ts';
import { integer, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { type BoardFlags, windowOption } from './shared.ts';
import { standingsTable } from './standings.ts';

/** How long a lost connection is left alone, milliseconds. */
const PAUSE_MS = 1000;

/** `opsline board watch`. */
export function addWatch(board: Command): void {
  board
    .command('watch')
    .description('show the top of a window as it changes, until Ctrl-C')
    .argument('<id>')
    .option('--limit <number>', 'at most this many', integer(1, 100), 10)
    .addOption(windowOption())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: BoardFlags & { limit: number }) => {
      const interrupt = untilInterrupted();
      try {
        const path = `${boardPaths.read(id, flags.window, 'top')}/stream`;
        for await (const page of pages(clientFor(flags), path, flags.limit, interrupt.signal)) show(page, flags);
      } finally {
        interrupt.done();
      }
    });
}

/** Pages as they come; a connection that is lost is made again. Throws when the first one fails, or the board is gone. */
async function* pages(client: Client, path: string, limit: number, signal: AbortSignal): AsyncGenerator<Page> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      const headers = last === undefined ? {} : { 'last-event-id': last };
      for await (const { id, data } of client.events(path, { query: { limit }, headers, signal })) {
        last = id;
        yield Page.parse(JSON.parse(data));
      }
    } catch (error) {
      if (signal.aborted) return;
      const passing = !(error instanceof OpslineError) || error.kind.retryable;
      if (last === undefined || !passing) throw error;
    }
    say('The connection was lost; trying again.');
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

/** On a terminal a page takes the place of the one before; elsewhere each is a table, or with `-o json` a line. */
function show(page: Page, { output }: BoardFlags): void {
  if (output === 'json') {
    print(JSON.stringify(page));
    return;
  }
  const terminal = process.stdout.isTTY === true;
  const { bold } = pc.createColors(wantsColor(process.stdout));
  const head = `${bold(page.board)} ${page.window}: ${page.count} entries, revision ${page.revision}`;
  print(`${terminal ? '\x1b[H\x1b[J' : ''}${head}\n${standingsTable(page.entries)}${terminal ? '' : '\n'}`);
}

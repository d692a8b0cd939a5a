import type { Command } from 'commander';
import { Page } from '../../leaderboard/reads/page.ts';
import { boardPaths } from '../board-paths.ts';
import type { Client } from '../client.ts';
import { say } from '../io.ts';
import { integer, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { type BoardFlags, windowOption } from './shared.ts';
import { printStandings } from './standings.ts';

interface TopFlags extends BoardFlags {
  readonly limit: number;
  readonly cursor?: string;
  readonly all?: true;
}

/** `opsline board top`. */
export function addTop(board: Command): void {
  board
    .command('top')
    .description('print the standings from the top')
    .argument('<id>')
    .option('--limit <number>', 'at most this many', integer(1, 1000), 10)
    .option('--cursor <cursor>', 'where the page before ended')
    .option('--all', 'every entry, page by page')
    .addOption(windowOption())
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: TopFlags) => {
      const path = boardPaths.read(id, flags.window, 'top');
      const page = await (flags.all ? everyPage : onePage)(clientFor(flags), path, flags);
      printStandings(page, flags);
      if (flags.output === 'text' && page.next !== undefined) say(`More: --cursor ${page.next}`);
    });
}

async function onePage(client: Client, path: string, { limit, cursor }: Omit<TopFlags, 'output'>): Promise<Page> {
  return Page.parse(await client.request('GET', path, { query: { limit, cursor } }));
}

/** All pages from the cursor on as one. Entries that move meanwhile may be missing or stand twice; all others stand once. */
async function everyPage(client: Client, path: string, flags: TopFlags): Promise<Page> {
  const entries: Page['entries'] = [];
  let { cursor } = flags;
  for (;;) {
    const page = await onePage(client, path, { ...flags, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    for (const entry of page.entries) entries.push(entry);
    if (page.next === undefined) return { ...page, entries };
    cursor = page.next;
  }
}

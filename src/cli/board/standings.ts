import { Page } from '../../leaderboard/reads.ts';
import { print, printJson, say } from '../io.ts';
import { table } from '../table.ts';
import type { BoardFlags } from './shared.ts';

/** Prints a page of standings; `player` is the one that was asked for. */
export function printStandings(answer: unknown, flags: BoardFlags, player?: string): void {
  const page = Page.parse(answer);
  if (flags.output === 'json') {
    printJson(page);
    return;
  }
  const rows = page.entries.map((entry) => [
    String(entry.rank),
    entry.player === player ? `${entry.player} <` : entry.player,
    String(entry.score),
    entry.time ?? '',
  ]);
  print(table(['RANK', 'PLAYER', 'SCORE', 'SINCE'], rows));
  say(`${page.count} entries in ${page.window}`);
}

import { Page } from '../../leaderboard/reads/page.ts';
import type { Entry } from '../../leaderboard/reads.ts';
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
  print(standingsTable(page.entries, player));
  say(`${page.count} entries in ${page.window}${page.closed === undefined ? '' : ', which is closed'}`);
}

/** Entries in aligned columns: place in the order, competition rank, dense rank where it is kept. */
export function standingsTable(entries: readonly Entry[], player?: string): string {
  const dense = entries.some(({ denseRank }) => denseRank !== undefined);
  const scores = scoreTexts(entries.map(({ score }) => score));
  const rows = entries.map((entry, index) => [
    String(entry.rank),
    String(entry.competitionRank),
    ...(dense ? [String(entry.denseRank ?? '')] : []),
    entry.deleted ? '(deleted)' : entry.player === player ? `${entry.player} <` : entry.player,
    scores[index] as string,
    entry.time ?? '',
  ]);
  return table(['PLACE', 'RANK', ...(dense ? ['DENSE'] : []), 'PLAYER', 'SCORE', 'SINCE'], rows);
}

/** Scores with as many decimals as the one that has most, so that their points stand below each other. */
export function scoreTexts(scores: readonly number[]): string[] {
  const decimals = Math.max(0, ...scores.map((score) => String(score).split('.')[1]?.length ?? 0));
  return scores.map((score) => score.toFixed(decimals));
}

import type { Movers } from '../../src/leaderboard/statistics/movers.ts';
import type { Colors } from './render.ts';
import type { StatsDocument } from './schema.ts';
import { clean } from './text.ts';
import { readable, scoreText } from './wording.ts';

const BAR = 40;
/** Eighths of a column: a bar says more than its whole columns do. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** One line for each bin: its lower edge, a bar, and how many entries are in it. */
export function histogramLines({ entries, board }: StatsDocument, c: Colors): string[] {
  const bins = entries.histogram?.bins ?? [];
  if (bins.length < 2) return [];
  const edges = bins.map(({ from }) => scoreText(from, board.decimals));
  const edgeWidth = Math.max(...edges.map((edge) => edge.length));
  const most = Math.max(...bins.map(({ count }) => count));
  return [
    '',
    c.dim(`  SCORES FROM, IN STEPS OF ${scoreText(entries.histogram?.width ?? 0, board.decimals)}`),
    ...bins.map(({ count }, index) =>
      `  ${(edges[index] as string).padStart(edgeWidth)}  ${c.cyan(bar(count, most))} ${count === 0 ? '' : readable(count)}`.trimEnd(),
    ),
  ];
}

/** At least an eighth of a column where there is anything at all. */
function bar(count: number, most: number): string {
  const eighths = count === 0 ? 0 : Math.max(1, Math.round((8 * BAR * count) / most));
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7];
}

/** What stands out, the most extreme first, and why. */
export function outlierLines({ outliers }: StatsDocument, c: Colors): string[] {
  if (outliers === undefined) return [];
  const { scores, jumps, bursts, uncounted, listed } = outliers;
  const more = scores + jumps + bursts - listed.length;
  return [
    '',
    `  ${c.bold('outliers')}    ${c.dim('scores')} ${readable(scores)}  ${c.dim('jumps')} ${readable(jumps)}  ${c.dim('bursts')} ${readable(bursts)}`,
    ...listed.map(({ kind, why }) => `  ${c.yellow('!')} ${kind}: ${clean(why)}`),
    ...(more > 0 ? [c.dim(`    and ${readable(more)} more`)] : []),
    ...(uncounted === undefined
      ? []
      : [c.dim(`    the sources of ${readable(uncounted)} events were not counted: there were too many in a day`)]),
  ];
}

/** How a player's rank changed since the window before: ▲ ranks won, ▼ ranks lost, = neither, or new. */
export function moveOf({ entered, climbed, fallen }: Movers, player: string): string {
  if (entered.some((each) => each.player === player)) return 'new';
  const change = [...climbed, ...fallen].find((each) => each.player === player)?.change ?? 0;
  if (change === 0) return '=';
  return `${change > 0 ? '▲' : '▼'}${readable(Math.abs(change))}`;
}

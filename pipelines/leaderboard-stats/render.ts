import picocolors from 'picocolors';
import { histogramLines, moveOf, outlierLines } from './render-details.ts';
import type { StatsDocument } from './schema.ts';
import { clean, pad, shortened, width } from './text.ts';
import { readable, scoreText, titleOf } from './wording.ts';

const { createColors } = picocolors;

/** The document for a terminal: headline, standings with how far each is behind the first, statistics, highlights. */
export function renderStats(document: StatsDocument, { color }: { color: boolean }): string {
  const c = createColors(color);
  const { narrative, entries, leaders, events, late } = document;
  const lines = [c.bold(clean(narrative.headline)), c.dim(`${clean(titleOf(document))}  ${about(document)}`), ''];
  if (leaders.length > 0) {
    lines.push(...table(document, c), '');
    if (entries.count > leaders.length) {
      lines.push(c.dim(`  ${readable(entries.count - leaders.length)} more below the top ${leaders.length}`), '');
    }
  }
  const tooLate = late === 0 ? '' : `   ${c.dim('too late')} ${readable(late)}`;
  lines.push(fact(c, 'players', `${readable(entries.count)}   ${c.dim('events')} ${readable(events)}${tooLate}`));
  const { scores, ties } = entries;
  if (scores !== undefined) {
    const fixed = (value: number): string => scoreText(value, document.board.decimals);
    lines.push(
      fact(
        c,
        'scores',
        `${c.dim('mean')} ${scoreText(scores.mean, document.board.decimals + 2)}  ${c.dim('sd')} ${scoreText(scores.standardDeviation, document.board.decimals + 2)}  ` +
          `${c.dim('lowest')} ${fixed(scores.lowest)}  ${c.dim('highest')} ${fixed(scores.highest)}`,
      ),
      fact(
        c,
        'percentiles',
        scores.percentiles.map(({ percentile, score }) => `${c.dim(`p${percentile}`)} ${fixed(score)}`).join('  '),
      ),
    );
    const { largest } = ties;
    lines.push(
      fact(
        c,
        'ties',
        largest === undefined
          ? 'none'
          : `${readable(ties.entries)} players on ${readable(ties.scores)} shared scores, at most ${readable(largest.entries)} on ${fixed(largest.score)}`,
      ),
    );
  }
  lines.push(...histogramLines(document, c), ...outlierLines(document, c));
  if (narrative.highlights.length > 0)
    lines.push('', ...narrative.highlights.map((text) => `  ${c.cyan('•')} ${clean(text)}`));
  if (narrative.dropped.length > 0) {
    lines.push('', c.dim('  Not shown, because the check refused it:'));
    for (const { sentence, reason } of narrative.dropped) {
      lines.push(c.dim(`  ✗ ${clean(sentence)}`), c.dim(`    ${clean(reason)}`));
    }
  }
  const wording = {
    model: 'worded by the model, checked',
    template: 'worded by a template',
    both: 'worded by the model where it held',
  };
  lines.push(
    '',
    c.dim(
      `  ${wording[narrative.by]}; revision ${document.revision}${document.consistent ? '' : ', read while events arrived'}`,
    ),
  );
  return lines.join('\n');
}

export type Colors = ReturnType<typeof createColors>;

function about({ board, window, asOf }: StatsDocument): string {
  const operators = { best: 'best score', latest: 'latest score', sum: 'sum of scores', count: 'number of events' };
  const when = window.id === 'all' ? 'all time' : `${window.id.replace('day:', '')} ${board.timeZone}`;
  return `${when} · ${operators[board.operator]}, ${board.direction} is better · as of ${asOf.slice(0, 19)}Z`;
}

function table({ board, leaders, movers }: StatsDocument, c: Colors): string[] {
  const scores = leaders.map(({ score }) => scoreText(score, board.decimals));
  const ranks = leaders.map(({ competitionRank }, index) =>
    index > 0 && leaders[index - 1]?.competitionRank === competitionRank ? '=' : String(competitionRank),
  );
  const rankWidth = Math.max(4, ...ranks.map((rank) => rank.length));
  const names = leaders.map(({ player }) => shortened(clean(player), 32));
  const nameWidth = Math.max(6, ...names.map(width));
  const scoreHead = (board.unit ?? 'score').toUpperCase();
  const scoreWidth = Math.max(scoreHead.length, ...scores.map((score) => score.length));
  const first = leaders[0]?.score ?? 0;
  const behind = leaders.map(({ score }) =>
    score === first ? '' : `+${scoreText(apart(score, first, board.decimals), board.decimals)}`,
  );
  const behindWidth = Math.max('BEHIND'.length, ...behind.map((text) => text.length));
  const moves =
    movers === undefined ? [] : leaders.map(({ player, deleted }) => (deleted ? '' : moveOf(movers, player)));
  const moveWidth = Math.max('MOVE'.length, ...moves.map((text) => text.length));
  const timed = leaders.some(({ time }) => time !== undefined);
  const head = [
    'RANK'.padStart(rankWidth),
    ...(movers === undefined ? [] : [pad('MOVE', moveWidth)]),
    pad('PLAYER', nameWidth),
    scoreHead.padStart(scoreWidth),
    'BEHIND'.padStart(behindWidth),
  ];
  return [
    c.dim(`  ${[...head, ...(timed ? ['SINCE (UTC)'] : [])].join('  ')}`),
    ...leaders.map(({ time, competitionRank }, index) => {
      const cells = [
        (ranks[index] as string).padStart(rankWidth),
        ...(movers === undefined ? [] : [pad(moves[index] as string, moveWidth)]),
        pad(names[index] as string, nameWidth),
        (scores[index] as string).padStart(scoreWidth),
      ].join('  ');
      const since = time === undefined ? [] : [c.dim(time.slice(0, 19).replace('T', ' '))];
      const rest = [c.cyan((behind[index] as string).padStart(behindWidth)), ...since].join('  ');
      return `  ${competitionRank === 1 ? c.bold(cells) : cells}  ${rest}`.trimEnd();
    }),
  ];
}

const fact = (c: Colors, name: string, text: string): string => `  ${c.bold(name.padEnd(12))}${text}`;

/** |a − b| of two scores with so many decimals, without the rounding of binary fractions. */
function apart(a: number, b: number, decimals: number): number {
  return Number(Math.abs(a - b).toFixed(decimals));
}

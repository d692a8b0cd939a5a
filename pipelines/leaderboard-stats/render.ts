import picocolors from 'picocolors';
import type { StatsDocument } from './schema.ts';
import { readable, scoreText, titleOf } from './wording.ts';

const { createColors } = picocolors;

/** The document for a terminal: headline, standings with how far each is behind the first, statistics, highlights. */
export function renderStats(document: StatsDocument, { color }: { color: boolean }): string {
  const c = createColors(color);
  const { narrative, entries, leaders, events } = document;
  const lines = [c.bold(clean(narrative.headline)), c.dim(`${clean(titleOf(document))}  ${about(document)}`), ''];
  if (leaders.length > 0) {
    lines.push(...table(document, c), '');
    if (entries.count > leaders.length) {
      lines.push(c.dim(`  ${readable(entries.count - leaders.length)} more below the top ${leaders.length}`), '');
    }
  }
  lines.push(fact(c, 'players', `${readable(entries.count)}   ${c.dim('events')} ${readable(events)}`));
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

type Colors = ReturnType<typeof createColors>;

function about({ board, window, asOf }: StatsDocument): string {
  const operators = { best: 'best score', latest: 'latest score', sum: 'sum of scores', count: 'number of events' };
  const when = window.id === 'all' ? 'all time' : `${window.id.replace('day:', '')} UTC`;
  return `${when} · ${operators[board.operator]}, ${board.direction} is better · as of ${asOf.slice(0, 19)}Z`;
}

function table({ board, leaders }: StatsDocument, c: Colors): string[] {
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
  const timed = leaders.some(({ time }) => time !== undefined);
  const head = [
    'RANK'.padStart(rankWidth),
    pad('PLAYER', nameWidth),
    scoreHead.padStart(scoreWidth),
    'BEHIND'.padStart(behindWidth),
  ];
  return [
    c.dim(`  ${[...head, ...(timed ? ['SINCE (UTC)'] : [])].join('  ')}`),
    ...leaders.map(({ time, competitionRank }, index) => {
      const cells = [
        (ranks[index] as string).padStart(rankWidth),
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

/** Names may not move the cursor, change colours, or turn the direction of the text that follows. */
function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '�');
}

/** Columns a text takes: two for East Asian wide characters and emoji, none for combining marks. */
function width(text: string): number {
  let columns = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

const WIDE =
  /\p{Extended_Pictographic}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\uff01-\uff60]/u;

const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));

function shortened(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (width(kept + segment) >= columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

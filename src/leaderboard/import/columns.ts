import type { Board } from '../definition.ts';
import { exactLimit } from '../score.ts';
import { EARLIEST, LATEST } from '../windows.ts';
import { codeOf, eventRange, type Reason } from './reasons.ts';

/** A column as its file has it: an SQL name, and how its values are written there. */
export interface RawColumn {
  readonly sql: string;
  readonly type: 'json' | 'text' | 'integer' | 'double' | 'float' | 'decimal' | 'timestamp' | 'structure';
  /** Of `decimal`: its SQL type. */
  readonly exact?: string;
}

/** A condition in SQL, and the reason why a row is no event when it holds. */
export type Condition = readonly [when: string, reason: Reason];

/** SQL for a value, and when it is none: the first condition that holds counts. */
export interface Checked {
  /** What both are made of, by the names they use for it, so that it is worked out once. */
  readonly parts: Readonly<Record<string, string>>;
  readonly value: string;
  readonly wrong: readonly Condition[];
}

const absent = (reason: Reason): Checked => ({ parts: {}, value: 'NULL', wrong: [['true', reason]] });

/** SQL for text, null for anything else. What has no escapes, which is nearly everything, need not be parsed. */
function textOf({ sql, type }: RawColumn): string {
  if (type !== 'json') return type === 'text' ? sql : `${sql}::VARCHAR`;
  const raw = `${sql}::VARCHAR`;
  const parsed = `json_extract_string(${sql}, '$')`;
  return `CASE WHEN starts_with(${raw}, '"') THEN CASE WHEN contains(${raw}, '\\') THEN ${parsed} ELSE array_slice(${raw}, 2, -2) END END`;
}

/** Whether a text holds control characters, as Unicode has them. Nearly all hold only printable ASCII, which is quicker to see. */
function hasControl(text: string): string {
  return `CASE WHEN regexp_matches(${text}, '[^ -~]') THEN regexp_matches(${text}, '\\p{Cc}') ELSE false END`;
}

export function playerOf(column: RawColumn): Checked {
  return {
    parts: { player_text: textOf(column), player_given: given(column) },
    value: 'player_text',
    wrong: [
      ['NOT player_given', 'player-missing'],
      ['player_text IS NULL', 'player-text'],
      ['strlen(player_text) NOT BETWEEN 1 AND 128', 'player-length'],
      [hasControl('player_text'), 'player-control'],
    ],
  };
}

function given({ sql }: RawColumn): string {
  return `${sql} IS NOT NULL`;
}

/** A text that tells events apart: as a player's id is, but any fault is one reason. */
export function identityOf(column: RawColumn | undefined, missing: Reason): Checked {
  if (column === undefined) return absent(missing);
  const good = `strlen(identity_text) BETWEEN 1 AND 128 AND NOT (${hasControl('identity_text')})`;
  return {
    parts: { identity_text: textOf(column) },
    value: 'identity_text',
    wrong: [[`NOT coalesce(${good}, false)`, missing]],
  };
}

export function sequenceOf(column: RawColumn | undefined): Checked {
  if (column === undefined) return absent('sequence-missing');
  const good = `sequence_number BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}`;
  return {
    parts: { sequence_number: `try_cast(${column.sql}::VARCHAR AS BIGINT)` },
    value: 'sequence_number',
    wrong: [[`NOT coalesce(${good}, false)`, 'sequence-missing']],
  };
}

/**
 * The score as a scaled integer, exactly as `toScaled` makes it of a JSON number. Of a double d the scaled integer is n = round(d·10^decimals)
 * if n/10^decimals is d again: that quotient is the double nearest to the decimal number n/10^decimals, and of those with at most 15 digits no two
 * share a double, so it is the shortest text that JSON would show. What is kept as decimal or integer stays one all the way.
 */
export function scoreOf(board: Board, column: RawColumn | undefined): Checked {
  if (board.operator === 'count') {
    if (column === undefined) return { parts: {}, value: '1', wrong: [] };
    return { parts: { score_given: given(column) }, value: '1', wrong: [['score_given', 'score-left-out']] };
  }
  if (column === undefined) return absent('score-missing');
  const { least, most } = eventRange(board);
  const limit = exactLimit(board.decimals);
  const missing: Condition = ['NOT score_given', 'score-missing'];
  const beyond: Condition = [`abs(score_scaled) > ${limit}`, 'score-beyond'];
  const outside: Condition = [`score_scaled NOT BETWEEN ${least} AND ${most}`, 'score-range'];
  const factor = 10 ** board.decimals;
  if (column.type === 'integer') {
    const most = Math.floor(limit / factor);
    const scaled = `CASE WHEN ${column.sql} BETWEEN ${-most} AND ${most} THEN ${column.sql}::BIGINT * ${factor} END`;
    return {
      parts: { score_given: given(column), score_scaled: scaled },
      value: 'score_scaled',
      wrong: [missing, ['score_scaled IS NULL', 'score-beyond'], outside],
    };
  }
  if (column.type === 'decimal') {
    const cut = `try_cast(${column.sql} AS DECIMAL(32, ${board.decimals}))`;
    return {
      parts: {
        score_given: given(column),
        // Its digits without the point.
        score_scaled: `CAST(replace(${cut}::VARCHAR, '.', '') AS HUGEINT)`,
        score_same: `try_cast(${cut} AS ${column.exact}) = ${column.sql}`,
      },
      value: 'CAST(score_scaled AS BIGINT)',
      wrong: [
        missing,
        ['score_scaled IS NULL', 'score-beyond'],
        ['score_same IS DISTINCT FROM true', 'score-fine'],
        beyond,
        outside,
      ],
    };
  }
  const double = doubleOf(column);
  return {
    parts: {
      score_given: given(column),
      score_double: double,
      score_scaled: `CASE WHEN abs(${double}) <= 1e16 THEN round(${double} * ${factor}::DOUBLE) END`,
    },
    value: 'CAST(score_scaled AS BIGINT)',
    wrong: [
      missing,
      ['score_double IS NULL OR NOT isfinite(score_double)', 'score-number'],
      ['score_scaled IS NULL', 'score-beyond'],
      [`score_scaled / ${factor}::DOUBLE <> score_double`, 'score-fine'],
      beyond,
      outside,
    ],
  };
}

function doubleOf({ sql, type }: RawColumn): string {
  if (type === 'double') return sql;
  // A float's own shortest text, as it would be shown: 0.1, not 0.10000000149.
  if (type === 'float' || type === 'json') return `try_cast(${sql}::VARCHAR AS DOUBLE)`;
  // As JSON writes numbers, but that a casual zero in front is no fault.
  return `CASE WHEN regexp_full_match(${sql}, '-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?') THEN try_cast(${sql} AS DOUBLE) END`;
}

const RFC3339 =
  `'[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?` +
  `(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])'`;

/** Unix milliseconds. `latest` is the last that does not lie in the future. */
export function timeOf(column: RawColumn, latest: number): Checked {
  return {
    parts: { time_given: given(column), time_ms: millisecondsOf(column) },
    value: 'time_ms',
    wrong: [
      ['NOT time_given', 'time-missing'],
      ['time_ms IS NULL', 'time-text'],
      [`time_ms NOT BETWEEN ${EARLIEST} AND ${LATEST - 1}`, 'time-years'],
      [`time_ms > ${latest}`, 'time-future'],
    ],
  };
}

function millisecondsOf(column: RawColumn): string {
  if (column.type === 'timestamp') return `CASE WHEN isfinite(${column.sql}) THEN epoch_ms(${column.sql}) ELSE 0 END`;
  if (column.type === 'integer') return epochOf(`try_cast(${column.sql} AS BIGINT)`);
  const text = column.type === 'json' ? `trim(${column.sql}::VARCHAR, '"')` : column.sql;
  return (
    `CASE WHEN regexp_full_match(${text}, ${RFC3339}) THEN epoch_ms(try_cast(${text} AS TIMESTAMPTZ)) ` +
    `WHEN regexp_full_match(${text}, '[0-9]{1,18}') THEN ${epochOf(`CAST(${text} AS BIGINT)`)} ` +
    `WHEN regexp_full_match(${text}, '[0-9]{19}') THEN ${epochOf(`try_cast(${text} AS BIGINT)`)} END`
  );
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970: for the years that count, the sizes do not overlap. */
function epochOf(number: string): string {
  const units = [1e3, 1, 1e-3, 1e-6].map((factor) => {
    const from = EARLIEST / factor;
    const scaled = factor > 1 ? `${number} * ${factor}` : `${number} // ${Math.round(1 / factor)}`;
    return `WHEN ${number} >= ${from} AND ${number} < ${LATEST / factor} THEN ${scaled}`;
  });
  return `CASE ${units.join(' ')} WHEN ${number} IS NOT NULL THEN 0 END`;
}

/** The metadata's JSON as it was written; what it is, is looked at later, once for each different text. */
export function metadataOf(board: Board, column: RawColumn | undefined): Checked {
  if (column === undefined) return { parts: {}, value: 'NULL', wrong: [] };
  if (board.metadataBytes === 0) {
    const parts = { metadata_given: given(column) };
    return { parts, value: 'NULL', wrong: [['metadata_given', 'metadata-none']] };
  }
  const text = column.type === 'structure' ? `to_json(${column.sql})::VARCHAR` : `${column.sql}::VARCHAR`;
  return { parts: { metadata_text: text }, value: 'metadata_text', wrong: [] };
}

/** The number of the reason why a row is no event; 0: it is one. */
export function firstOf(conditions: readonly Condition[]): string {
  const cases = conditions.map(([when, reason]) => `WHEN ${when} THEN ${codeOf(reason)}`);
  return `CASE ${cases.join(' ')} ELSE 0 END`;
}

import { OpslineError } from '../../errors.ts';
import type { Board } from '../definition.ts';
import { MAX_SKEW_MS } from '../events.ts';
import {
  type Checked,
  type Condition,
  firstOf,
  identityOf,
  metadataOf,
  playerOf,
  type RawColumn,
  scoreOf,
  sequenceOf,
  timeOf,
} from './columns.ts';
import { readCsvHeader } from './csv-header.ts';
import { type Duck, quoted } from './duckdb.ts';
import { linkInto, type SourceFile } from './files.ts';

/** What DuckDB reads of a file, and the columns of it that mean something here; others are not looked at. */
export interface Source {
  readonly file: SourceFile;
  /** SQL after FROM. */
  readonly relation: string;
  readonly columns: Partial<Record<FieldName, RawColumn>>;
}

const FIELDS = ['player', 'score', 'time', 'id', 'source', 'sequence', 'metadata'] as const;
type FieldName = (typeof FIELDS)[number];

/** Looks what columns each file has. Throws `invalid-input` when one lacks a column that the board needs, or has it in a type that cannot be read. */
export async function openSources(duck: Duck, board: Board, files: readonly SourceFile[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const [place, file] of files.entries()) {
    const link = quoted(await linkInto(duck.folder, file, place));
    const source = await openers[file.format](duck, file, link);
    for (const needed of neededBy(board)) {
      if (source.columns[needed] !== undefined) continue;
      throw new OpslineError(
        'invalid-input',
        `${file.name} has no column ${needed}, which the board ${board.id} needs.`,
      );
    }
    sources.push(source);
  }
  return sources;
}

function neededBy({ operator, dedupe }: Board): FieldName[] {
  return [
    'player',
    ...(operator === 'count' ? [] : (['score'] as const)),
    'time',
    ...(dedupe?.by === 'id' ? (['id'] as const) : []),
    ...(dedupe?.by === 'sequence' ? (['source', 'sequence'] as const) : []),
  ];
}

type Opener = (duck: Duck, file: SourceFile, link: string) => Promise<Source>;

const openers: Record<SourceFile['format'], Opener> = {
  async ndjson(_, file, link) {
    // As JSON, so that "12" and 12 stay apart; a line that is no object has no fields.
    const columns = FIELDS.map((name) => `${name}: 'JSON'`).join(', ');
    const relation = `read_json(${link}, format = 'newline_delimited', ignore_errors = true, compression = '${compressionOf(file)}', columns = {${columns}})`;
    return { file, relation, columns: named(FIELDS.map((name) => [name, { sql: name, type: 'json' }])) };
  },
  async csv(_, file, link) {
    const names = await readCsvHeader(file);
    const doubled = FIELDS.find((field) => names.indexOf(field) !== names.lastIndexOf(field));
    if (doubled !== undefined)
      throw new OpslineError(
        'invalid-input',
        `${file.name} has two columns ${doubled}. Leave one, or rename the other.`,
      );
    // Numbered, so that no name out of a file is part of a statement.
    const columns = names.map((_, place) => `c${place}: 'VARCHAR'`).join(', ');
    const relation = `read_csv(${link}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', compression = '${compressionOf(file)}', columns = {${columns}})`;
    return { file, relation, columns: named(names.map((name, place) => [name, { sql: `c${place}`, type: 'text' }])) };
  },
  async parquet(duck, file, link) {
    const relation = `read_parquet(${link})`;
    const described = (await duck.rows(`DESCRIBE FROM ${relation}`)) as readonly (readonly [string, string])[];
    const columns: [string, RawColumn][] = [];
    for (const [name, type] of described) {
      const known = FIELDS.find((field) => field === name);
      if (known !== undefined) columns.push([name, typed(file, known, type)]);
    }
    return { file, relation, columns: named(columns) };
  },
};

function named(columns: readonly (readonly [string, RawColumn])[]): Source['columns'] {
  return Object.fromEntries(columns);
}

function compressionOf({ gzip }: SourceFile): string {
  return gzip ? 'gzip' : 'uncompressed';
}

const INTEGER = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/;
/** Which types of a Parquet file a field may have. */
const TAKEN: Record<FieldName, readonly RawColumn['type'][]> = {
  player: ['text', 'integer'],
  score: ['integer', 'double', 'float', 'decimal', 'text'],
  time: ['timestamp', 'integer', 'text'],
  id: ['text', 'integer'],
  source: ['text', 'integer'],
  sequence: ['integer'],
  metadata: ['text', 'json', 'structure'],
};

function typed(file: SourceFile, field: FieldName, sqlType: string): RawColumn {
  const type = kindOf(sqlType);
  if (type === undefined || !TAKEN[field].includes(type)) {
    throw new OpslineError(
      'invalid-input',
      `${file.name} has the column ${field} as ${sqlType}, which cannot be read as one.`,
    );
  }
  return { sql: `"${field}"`, type, ...(type === 'decimal' ? { exact: sqlType } : {}) };
}

function kindOf(sqlType: string): RawColumn['type'] | undefined {
  if (sqlType === 'VARCHAR' || sqlType === 'UUID') return 'text';
  if (sqlType === 'JSON') return 'json';
  if (INTEGER.test(sqlType)) return 'integer';
  if (sqlType === 'DOUBLE' || sqlType === 'FLOAT') return sqlType === 'DOUBLE' ? 'double' : 'float';
  if (/^DECIMAL\(\d+,\d+\)$/.test(sqlType)) return 'decimal';
  if (/^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/.test(sqlType)) return 'timestamp';
  if (/^(STRUCT|MAP)\(/.test(sqlType)) return 'structure';
  return undefined;
}

/**
 * SQL of a file's rows as events: player, s (scaled score), t (Unix milliseconds), m (metadata as written, or null), identity, and
 * `wrong`, the number of the reason why a row is none, else 0; then the others mean nothing. `now` is Unix milliseconds. With `numbered` there
 * is `row`, too: its number in the file, from 1.
 */
export function eventsSql(board: Board, source: Source, now: number, numbered = false): string {
  const { columns, file, relation } = source;
  const player = playerOf(columns.player as RawColumn);
  const score = scoreOf(board, columns.score);
  const time = timeOf(columns.time as RawColumn, now + MAX_SKEW_MS);
  const metadata = metadataOf(board, columns.metadata);
  const identity = identityFor(board, source);
  const checks = [player, score, time, ...identity.checks, metadata];
  // A line that is no JSON object reads as one without fields.
  const fields = Object.values(columns).map(({ sql }) => `${sql} IS NULL`);
  const parts: Record<string, string> = file.format === 'ndjson' ? { no_row: fields.join(' AND ') } : {};
  for (const check of checks) Object.assign(parts, check.parts);
  const noRow: Condition[] = file.format === 'ndjson' ? [['no_row', 'row']] : [];
  const wrong = firstOf([...noRow, ...checks.flatMap((check) => check.wrong)]);
  const bound = Object.entries(parts).map(([name, sql]) => `${sql} AS ${name}`);
  const row = numbered ? ', row' : '';
  const values = [
    `${player.value} AS player`,
    // Only what was found good can be cast.
    `CASE WHEN wrong = 0 THEN ${score.value} END AS s`,
    `CASE WHEN wrong = 0 THEN ${time.value} END AS t`,
    `CASE WHEN wrong = 0 THEN ${metadata.value} END AS m`,
    `${identity.value} AS identity`,
  ];
  return (
    `SELECT ${values.join(', ')}, wrong${row} FROM (` +
    `SELECT *, ${wrong}::UTINYINT AS wrong FROM (` +
    `SELECT ${bound.join(', ')}${numbered ? ', row_number() OVER () AS row' : ''} FROM ${relation}))`
  );
}

/** What tells an event from all others, on a board that counts events once. */
function identityFor({ dedupe }: Board, { columns }: Source): { checks: Checked[]; value: string } {
  if (dedupe === undefined) return { checks: [], value: 'NULL::VARCHAR' };
  if (dedupe.by === 'id') {
    const id = identityOf(columns.id, 'id-missing');
    return { checks: [id], value: id.value };
  }
  const source = identityOf(columns.source, 'source-missing');
  const sequence = sequenceOf(columns.sequence);
  return { checks: [source, sequence], value: `concat(${sequence.value}, ' ', ${source.value})` };
}

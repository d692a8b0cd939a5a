import type { Issue } from '../../errors.ts';
import type { Board } from '../definition.ts';
import { ScoreEvent } from '../events.ts';
import { keptMetadata } from '../kept-metadata.ts';
import type { Duck } from './duckdb.ts';
import { readPlain, type SourceFile } from './files.ts';
import { codeOf, explain, type Reason } from './reasons.ts';
import { eventsSql, type Source } from './rows.ts';

/** So many bad rows are named. */
const MOST_NAMED = 20;

/** Makes the table `events` of all rows of the files, bad ones among them with the reason; and says how many there are and when. */
export async function readEvents(duck: Duck, board: Board, sources: readonly Source[], now: number): Promise<void> {
  const selects = sources.map((source) => eventsSql(board, source, now));
  await duck.rows(`CREATE TABLE events AS ${selects.join(' UNION ALL ')}`);
  if (board.metadataBytes > 0) await readMetadata(duck, board);
}

export interface Counts {
  readonly rows: number;
  readonly bad: number;
  /** Times of the first and the last event, Unix milliseconds; undefined without one. */
  readonly span: { readonly first: number; readonly last: number } | undefined;
}

export async function countEvents(duck: Duck): Promise<Counts> {
  const [row] = await duck.rows(
    'SELECT count(*)::DOUBLE, (count(*) FILTER (wrong <> 0))::DOUBLE, min(t)::DOUBLE, max(t)::DOUBLE FROM events',
  );
  const [rows, bad, first, last] = row as [number, number, number | null, number | null];
  return { rows, bad, span: first === null || last === null ? undefined : { first, last } };
}

/**
 * Canonical metadata: what JSON.parse and JSON.stringify make of each different text, as when events are sent live. It goes into the table `metas`, and events whose
 * metadata is none are marked.
 */
async function readMetadata(duck: Duck, board: Board): Promise<void> {
  await duck.rows('CREATE TABLE metas (raw VARCHAR, canonical VARCHAR, wrong BIGINT)');
  let bad = 0;
  // The table is complete before rows are appended to another: the stream holds the connection.
  await duck.rows('CREATE TABLE texts AS SELECT DISTINCT m FROM events WHERE m IS NOT NULL');
  for (let offset = 0; ; offset += PAGE) {
    const page = await duck.rows(`SELECT m FROM texts LIMIT ${PAGE} OFFSET ${offset}`);
    const rows = page.map(([raw]) => {
      const kept = canonical(raw as string, board);
      if (kept.wrong !== undefined) bad += 1;
      return [raw as string, kept.text, kept.wrong === undefined ? 0 : codeOf(kept.wrong)] as const;
    });
    await duck.append('metas', rows);
    if (page.length < PAGE) break;
  }
  await duck.rows('DROP TABLE texts');
  if (bad === 0) return;
  await duck.rows('UPDATE events SET wrong = metas.wrong FROM metas WHERE m = raw AND metas.wrong <> 0');
}

const PAGE = 50_000;

function canonical(raw: string, { metadataBytes }: Board): { text: string | null; wrong?: Reason } {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { text: null, wrong: 'metadata-json' };
  }
  const parsed = ScoreEvent.shape.metadata.safeParse(value);
  if (!parsed.success || parsed.data === undefined) return { text: null, wrong: 'metadata-json' };
  if (Object.hasOwn(value as object, '__proto__')) return { text: null, wrong: 'metadata-lost' };
  const kept = keptMetadata(parsed.data, metadataBytes);
  if (!('wrong' in kept)) return kept;
  return { text: null, wrong: kept.lost === true ? 'metadata-lost' : 'metadata-large' };
}

/** The first bad rows, each with its file, its place and why. Files are read again for this, one after another and in order. */
export async function nameBadRows(duck: Duck, board: Board, sources: readonly Source[], now: number): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const source of sources) {
    const left = MOST_NAMED - issues.length;
    if (left === 0) break;
    const metas =
      board.metadataBytes > 0
        ? ['LEFT JOIN metas ON m = raw', 'greatest(e.wrong, coalesce(metas.wrong, 0))']
        : ['', 'e.wrong'];
    const found = await duck.rows(
      `SELECT row::DOUBLE, code::INTEGER FROM (SELECT row, ${metas[1]} AS code FROM (${eventsSql(board, source, now, true)}) AS e ${metas[0]}) ` +
        `WHERE code <> 0 ORDER BY row LIMIT ${left}`,
    );
    const rows = found.map(([row, code]) => ({ row: row as number, code: code as number }));
    const places =
      source.file.format === 'ndjson' ? await linesOf(source.file, rows) : rows.map(({ row }) => `row ${row}`);
    for (const [index, { code }] of rows.entries()) {
      issues.push({ path: `${source.file.name}, ${places[index]}`, message: explain(board, code) });
    }
  }
  return issues;
}

/** On which lines the rows stand: blank lines are none. */
async function linesOf(file: SourceFile, rows: readonly { readonly row: number }[]): Promise<string[]> {
  const wanted = rows.map(({ row }) => row);
  const places: string[] = [];
  let line = 1;
  let row = 0;
  let blank = true;
  for await (const chunk of readPlain(file)) {
    for (const byte of chunk as Buffer) {
      if (byte === 0x0a) {
        line += 1;
        blank = true;
      } else if (blank && byte !== 0x0d && byte !== 0x20 && byte !== 0x09) {
        blank = false;
        row += 1;
        if (row === wanted[places.length]) places.push(`line ${line}`);
      }
    }
    if (places.length === wanted.length) break;
  }
  return places;
}

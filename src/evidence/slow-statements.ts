import { text } from '../json.ts';
import { citeLines } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';
import { columnName } from './records/columns.ts';
import { recordsIn } from './records/read.ts';

/** A statement that a store itself says took long. */
interface SlowStatement {
  readonly statement: string;
  /** Milliseconds: of one run, or on average. */
  readonly took: number;
  readonly onAverage: boolean;
  cite(): Citation | undefined;
}

const MAX_CHARS = 1024 * 1024;
/** Who waits notices from here on, in milliseconds. */
const FELT_MS = 1000;

/** An entry of Redis' `SLOWLOG GET`: identifier, time, microseconds, and the words of the command. */
const ENTRY = /^(?:\d+\) +1\) |1\) )\(integer\) \d+$/;
const THIRD = /^ *3\) \(integer\) (\d+)$/;
/** Words stand further in than the members of the entry. */
const WORD = /^ *4\) +1\) "((?:[^"\\]|\\.)*)"$|^ {5,}\d+\) "((?:[^"\\]|\\.)*)"$/;

function ofRedis(item: EvidenceItem): SlowStatement[] {
  const lines = item.text.split('\n');
  return lines.flatMap((line, index): SlowStatement[] => {
    if (!ENTRY.test(line.trim())) return [];
    const took = Number(THIRD.exec(lines[index + 2] ?? '')?.[1] ?? 0) / 1000;
    const rest = lines.slice(index + 3);
    const end = rest.findIndex((one) => !WORD.test(one));
    const words = rest.slice(0, end < 0 ? undefined : end).map(
      (one) =>
        WORD.exec(one)
          ?.slice(1)
          .find((word) => word !== undefined) ?? '',
    );
    if (took < FELT_MS || words.length === 0) return [];
    return [{ statement: words.join(' '), took, onAverage: false, cite: () => citeLines(item, index, index + 3) }];
  });
}

/** Columns of PostgreSQL's `pg_stat_statements` (milliseconds), and what people call them in queries of their own. */
const STATEMENT = /^(?:query|statement|command|sql|sql_text|digest_text|normalized_query)$/;
const MEAN = /^(?:mean_(?:exec_)?time|avg_(?:exec_)?(?:time|ms|duration)(?:_ms)?|mean_ms|avg_ms)$/;
const ONE = /^(?:duration_?ms|exec_time_ms|elapsed_ms|max_(?:exec_)?time)$/;

function ofStatistics(item: EvidenceItem): SlowStatement[] {
  return (recordsIn(item.text.split('\n')) ?? []).flatMap(({ fields, index }): SlowStatement[] => {
    const cells = Object.entries(fields).map(([name, value]) => [columnName(name), text(value)?.trim() ?? ''] as const);
    const under = (pattern: RegExp) => cells.find(([name, value]) => pattern.test(name) && value !== '')?.[1];
    const [statement, mean, one] = [under(STATEMENT), Number(under(MEAN)), Number(under(ONE))];
    const took = Number.isFinite(mean) ? mean : one;
    if (statement === undefined || !(took >= FELT_MS)) return [];
    return [{ statement, took, onAverage: Number.isFinite(mean), cite: () => citeLines(item, index) }];
  });
}

/** Statements that took a second or longer, as Redis' slow log or statistics of a database tell. Empty for any other text. */
export function slowStatementsIn(item: EvidenceItem): SlowStatement[] {
  if (item.text.length > MAX_CHARS) return [];
  if (/^ *3\) \(integer\) \d+$/m.test(item.text)) return ofRedis(item);
  return /mean_|avg|duration_?ms|exec_time|elapsed_ms/i.test(item.text) ? ofStatistics(item) : [];
}

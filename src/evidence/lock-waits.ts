import { text } from '../json.ts';
import { citeLines } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';
import { boxedRecords, columnName } from './records/columns.ts';
import type { TextRecord } from './records/read.ts';

/** Sessions of a database that wait for a lock, as a list of its sessions shows them, and the one that holds it where that is told. */
export interface LockWaits {
  readonly item: EvidenceItem;
  readonly database?: string;
  readonly waiting: number;
  /** What one of them waits to do. */
  readonly statement?: string;
  readonly holder?: {
    readonly session: string;
    readonly state?: string;
    /** For how long, or from when on, as the list says it. */
    readonly since?: string;
    readonly statement?: string;
  };
  readonly citations: readonly (Citation | undefined)[];
}

const MAX_CHARS = 1024 * 1024;
/** Words that such lists have: PostgreSQL's `pg_stat_activity` and `pg_blocking_pids`, MySQL's processes, `information_schema.innodb_trx` and `sys.innodb_lock_waits`, SQL Server's requests, MongoDB's `currentOp`. */
const LISTS =
  /wait_event_type|blocking_(?:pid|session_id|thread|trx)|blocked_by|blocking_pids|lock_wait|Waiting for [\w ]*lock|\bBlkBy\b|"waitingForLock": ?true|\btrx_state\b/i;
/** Locks are waited for all the time; from here on (seconds) somebody notices. */
const LONG = 30;

const WAITS_FOR =
  /^(?:blocked_by|blocking_pids?|pg_blocking_pids|blocking_session_id|blocking_pid|blocking_thread|blkby|blockers?|holder)$/;
const OWN =
  /^(?:pid|id|waiting_pid|blocked_pid|session_id|spid|thread_id|processlist_id|waiting_thread|trx_mysql_thread_id)$/;
const STATEMENT = /^(?:query|info|waiting_query|blocked_(?:query|statement)|sql_text|trx_query|text|statement)$/;
const HELD_STATEMENT =
  /^(?:blocking_(?:query|statement)|current_(?:or_recent_)?statement_in_blocking_process|current_statement)$/;
const AGE =
  /^(?:age|time|duration|wait_?age(?:_secs)?|wait_(?:time|secs|seconds)|xact_age|query_age|running_for|elapsed|blocked_duration|secs_running)$/;
/** How long the transaction of the one who holds the lock has lasted, in a row of one who waits. */
const HELD_AGE = /^blocking_(?:trx_age|xact_age|duration|query_age)$/;
const STATE = /^(?:state|status|command|trx_state)$/;

type Fields = ReadonlyMap<string, string>;

/** A row with the line that it stands in. */
interface Row {
  readonly index: number;
  readonly fields: Fields;
}

const fieldsOf = ({ fields }: TextRecord): Fields =>
  new Map(Object.entries(fields).map(([name, value]) => [columnName(name), text(value) ?? '']));

const under = (fields: Fields, name: RegExp): string | undefined =>
  [...fields].find(([key, value]) => name.test(key) && value !== '' && value !== 'NULL')?.[1];

/** `01:12:41.02`, `2 days 01:00:00`, `412`, `480.2 s`, in seconds. */
function seconds(said: string | undefined): number | undefined {
  const [, days = '0', h, m, s] = /^(?:(\d+) days? )?(\d+):(\d\d):(\d\d)/.exec(said ?? '') ?? [];
  if (h !== undefined) return Number(days) * 86_400 + Number(h) * 3600 + Number(m) * 60 + Number(s);
  const [, plain] = /^(\d+(?:\.\d+)?)(?: ?s(?:ec(?:ond)?s?)?)?$/.exec(said ?? '') ?? [];
  return plain === undefined ? undefined : Number(plain);
}

/** The sessions that one waits for: `{30117,30118}`, `30117`; no session has the number 0. */
const waitsFor = (fields: Fields): string[] =>
  (under(fields, WAITS_FOR)?.match(/\d+/g) ?? []).filter((one) => Number(one) > 0);

function isWaiting(fields: Fields): boolean {
  return (
    waitsFor(fields).length > 0 ||
    fields.get('wait_event_type') === 'Lock' ||
    fields.get('waitingforlock') === 'true' ||
    fields.get('trx_state') === 'LOCK WAIT' ||
    [...fields.values()].some((value) => /^Waiting for [\w ]*\block\b/.test(value))
  );
}

/** The transaction of InnoDB's list that holds locks and is older than all that wait: of one alone it is plain that they wait for it. */
function olderHolder(waiting: readonly Row[], rows: readonly Row[]): string | undefined {
  const began = ({ fields }: Row) => fields.get('trx_started') ?? '';
  const first = waiting.map(began).toSorted()[0] ?? '';
  const holders = rows.filter(
    (row) =>
      row.fields.get('trx_state') === 'RUNNING' &&
      Number(row.fields.get('trx_rows_locked') ?? 1) > 0 &&
      began(row) !== '' &&
      began(row) < first,
  );
  const [only] = holders;
  return only === undefined || holders.length > 1 ? undefined : under(only.fields, OWN);
}

/**
 * Sessions of one list that have waited for a lock for long (or, where it tells no times, two or more of them). Undefined for any other text.
 */
export function lockWaitsIn(item: EvidenceItem): LockWaits | undefined {
  if (item.text.length > MAX_CHARS || !LISTS.test(item.text)) return undefined;
  const rows = boxedRecords(item.text.split('\n')).map((record) => ({ index: record.index, fields: fieldsOf(record) }));
  const waiting = rows.filter(({ fields }) => isWaiting(fields));
  const ages = waiting.flatMap(({ fields }) => seconds(under(fields, AGE)) ?? []);
  if (waiting.length === 0) return undefined;
  const blockers = waiting.flatMap(({ fields }) => waitsFor(fields));
  // Who waits in its turn only passes the lock on.
  const session =
    blockers.find((one) => !waiting.some(({ fields }) => under(fields, OWN) === one)) ??
    blockers[0] ??
    olderHolder(waiting, rows);
  const held =
    session === undefined ? undefined : rows.find(({ fields }) => under(fields, OWN) === session && !isWaiting(fields));
  // Who gives up soon and tries again waits for as long as the lock is held.
  const heldFor = held && seconds(under(held.fields, AGE));
  const all = heldFor === undefined ? ages : [...ages, heldFor];
  if (all.length > 0 ? Math.max(...all) < LONG : waiting.length < 2) return undefined;
  const first = waiting[0];
  const [database, statement] = [
    first?.fields.get('datname') ?? first?.fields.get('db'),
    first && under(first.fields, STATEMENT),
  ];
  const began = held?.fields.get('trx_started');
  const state = held && under(held.fields, STATE);
  const since = held === undefined ? first && under(first.fields, HELD_AGE) : (under(held.fields, AGE) ?? began);
  const own = held === undefined ? first && under(first.fields, HELD_STATEMENT) : under(held.fields, STATEMENT);
  return {
    item,
    ...(database ? { database } : {}),
    waiting: waiting.length,
    ...(statement === undefined ? {} : { statement }),
    ...(session === undefined
      ? {}
      : {
          holder: {
            session,
            ...(state === undefined ? {} : { state }),
            ...(since === undefined ? {} : { since }),
            ...(own === undefined ? {} : { statement: own }),
          },
        }),
    citations: [held, ...waiting.slice(0, 2)].map((row) =>
      row === undefined ? undefined : citeLines(item, row.index),
    ),
  };
}

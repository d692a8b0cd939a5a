import { type LockWaits, lockWaitsIn } from '../../../../src/evidence/lock-waits.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { ranIn, whoAnswered } from './ran-in.ts';

const MAX_STATEMENT = 120;

/** The database whose sessions were listed: the workload in which the client ran, else by its name. */
const databaseOf = (view: View, { item, database }: LockWaits): ObjectRef =>
  database === undefined ? whoAnswered(view, item) : (ranIn(view, item) ?? { kind: 'Database', name: database });

const quoted = (statement: string | undefined): string =>
  statement === undefined ? '' : ` (\`${statement.trim().slice(0, MAX_STATEMENT)}\`)`;

/** `which session 12 holds: it has been …`, as a list of sessions tells it. */
function holding({ holder }: LockWaits): string {
  if (holder === undefined) return '';
  const word = /^\d{4}-\d\d-\d\d/.test(holder.since ?? '') ? 'since' : 'for';
  const since = holder.since === undefined ? '' : ` ${word} ${holder.since}`;
  return `which session ${holder.session} holds${quoted(holder.statement)}${holder.state === undefined ? since : `: it has been \`${holder.state}\`${since}`}`;
}

/** Who holds the lock for which the clients of a database wait, where one list of sessions names it; '' where none or several do. */
export function heldBy(view: View): string {
  const lists = view.scene.items
    .flatMap((item) => lockWaitsIn(item) ?? [])
    .filter(({ holder }) => holder !== undefined);
  return lists.length === 1 && lists[0] !== undefined ? holding(lists[0]) : '';
}

/** Whose sessions a list of a database shows to wait for a lock, and which session holds it; `clients` were told that they got none. */
export function blockedSessions(view: View, clients: readonly Draft[]): Draft[] {
  return view.scene.items.flatMap((item): Draft[] => {
    const waits = lockWaitsIn(item);
    if (waits === undefined) return [];
    const { waiting, holder, statement, citations } = waits;
    const database = databaseOf(view, waits);
    // Of a database of which nothing but its answer is known, the one workload that it keeps waiting is named.
    const object = (database.kind === 'Output' && clients.length === 1 ? clients[0]?.object : undefined) ?? database;
    const who =
      database.kind !== 'Output'
        ? named(database)
        : object === database
          ? 'The database'
          : `The database of ${named(object)}`;
    const by = holder === undefined ? '' : `, ${holding(waits)}`;
    return [
      {
        object,
        summary: `${who}: ${waiting === 1 ? 'a session waits' : `${waiting} sessions wait`} for a lock${quoted(statement)}${by}`,
        confidence: holder === undefined ? 0.7 : 0.86,
        severity: 'degraded',
        citations: [...citations, ...clients.slice(0, 2).map((client) => client.citations[0])],
        // Its clients are told that they got no lock, and nothing of who holds it.
        involves: clients.map((client) => client.object),
        remedies: [
          look('Ask who owns the session that holds the lock, and whether it can end'),
          change('End that session; its transaction is rolled back', 'medium'),
        ],
      },
    ];
  });
}

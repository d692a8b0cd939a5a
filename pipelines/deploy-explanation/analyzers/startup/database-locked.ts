import { named } from '../../view.ts';
import { type Analyzer, change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { blockedSessions, heldBy } from './blocked-sessions.ts';
import { logAnalyzer } from './log-analyzer.ts';

const inLogs = logAnalyzer({
  kind: 'database-locked',
  title: 'Transactions wait for each other',
  about:
    'The database ends transactions because of a deadlock, or because a lock is not given in time; or a list of its sessions shows who waits for whom.',
  remedy: 'Find the transaction that holds the lock; shorten transactions and take locks in one order.',
  pattern: anyOf(
    /deadlock (?:detected|found)|Lock wait timeout exceeded|canceling statement due to lock timeout|could not obtain lock on|database (?:table )?is locked|could not serialize access/i,
    /was deadlocked on|deadlock victim|resource busy and acquire with NOWAIT|Lock request time ?out period exceeded|CannotAcquireLockException|LockAcquisitionException|WriteConflict/,
  ),
  errorsOnly: true,
  confidence: 0.88,
  stage: 'running',
  says: ({ match }, view) => {
    const held = heldBy(view);
    return `its transactions wait for each other (\`${match[0]}\`)${held === '' ? '' : `; they wait for a lock, ${held}`}`;
  },
  remedies: () => [
    look('See who holds locks at the database'),
    change('End the transaction that holds the lock', 'medium'),
  ],
});

/** What a list of sessions shows, and what clients of other databases were told. */
export const databaseLocked: Analyzer = {
  ...inLogs,
  find: (view) => {
    const told = inLogs.find(view);
    const listed = blockedSessions(view, told);
    return [...listed, ...told.filter(({ object }) => listed.every((one) => named(one.object) !== named(object)))];
  },
};

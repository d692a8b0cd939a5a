import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

/** What the replica still needs is gone from where it reads: it never catches up by itself. */
const REMOVED = anyOf(
  // PostgreSQL
  /requested WAL segment \S+ has already been removed|can no longer get changes from replication slot|[Ii]nvalidating obsolete replication slot/,
  // MySQL and MariaDB, MongoDB
  /[Gg]ot fatal error 1236\b[^\n]{0,200}|[Cc]ould not find first log file name in binary log index file|[Tt]oo stale to catch up|OplogStartMissing/,
);
/** It reads and cannot apply what it reads. */
const STOPPED =
  /(?:Replica|Slave) SQL\b[^\n]{0,300}Error_code: ?(?:MY-)?\d+|\b(?:Replica|Slave)_SQL_Running: No\b|\bLast_SQL_Error: \S[^\n]{0,200}/;
/** The status of a replica of MySQL counts from five minutes on. */
const LAGS =
  /\bSeconds_Behind_(?:Source|Master): (?:[3-9]\d{2}|\d{4,})\b|\b[Rr]eplica(?:tion)?[ _-](?:lag|delay)\b[^\n]{0,60}?\b(?:exceed\w*|above|over|too (?:high|large|far))\b|\b[Rr]eplica\b[^\n]{0,40} is lagging behind/;

function aspectOf(said: string): 'removed' | 'stopped' | 'lag' {
  if (REMOVED.test(said)) return 'removed';
  return STOPPED.test(said) ? 'stopped' : 'lag';
}

const SAYS = {
  removed: 'what it still has to read is gone from its primary, so that it never catches up',
  stopped: 'it cannot apply what it reads of its primary',
  lag: 'it lags behind its primary',
};

export const replicationStalled = logAnalyzer({
  kind: 'replication-stalled',
  title: 'A replica does not follow its primary',
  about:
    'A database replica lags behind, stopped at an error, was paused, or asks for a part of the log that its primary has removed; it answers with old data.',
  remedy: 'Find out what holds the replica back; where its log is gone, make it anew from its primary.',
  aspects: {
    removed: 'a part of the log that the replica still needs has been removed: it must be made anew',
    stopped: 'the replica stopped at a change that it cannot apply, or its replay is paused',
    lag: 'it follows, and too slowly',
  },
  aspect: ({ match }) => aspectOf(match[0]),
  pattern: anyOf(REMOVED, STOPPED, LAGS),
  confidence: 0.9,
  stage: 'running',
  says: ({ match }) => `${SAYS[aspectOf(match[0])]} (\`${match[0].trim().slice(0, 180)}\`)`,
  remedies: ({ match }) => [
    look('Compare the positions of primary and replica'),
    ...(aspectOf(match[0]) === 'removed'
      ? [change('Make the replica anew from its primary, and let the primary keep its log for longer', 'high')]
      : []),
  ],
});

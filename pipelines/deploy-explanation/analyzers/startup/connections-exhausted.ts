import { change, look } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const connectionsExhausted = logAnalyzer({
  kind: 'connections-exhausted',
  title: 'The database has no connection left',
  about: 'The database answers, and refuses further connections.',
  remedy: 'Lower the pool size times replicas, close leaks, or raise the limit of the database.',
  pattern:
    /too many (?:clients|connections)|remaining connection slots are reserved|max number of clients reached|connection pool (?:is )?exhausted|QueuePool limit/i,
  confidence: 0.92,
  stage: 'running',
  says: ({ match }) => `the database has no connections left (\`${match[0]}\`)`,
  remedies: () => [
    look('Count the open connections at the database'),
    change('Lower pool size or replicas, or raise the limit', 'medium'),
  ],
});

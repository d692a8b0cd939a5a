import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const databaseReadOnly = logAnalyzer({
  kind: 'database-read-only',
  title: 'The database refuses writes',
  about: 'The program is connected to a replica or to a database that was set read-only.',
  remedy: 'Point it at the primary; find out why there was a failover or a full disk.',
  pattern: anyOf(
    /read-only transaction|READONLY You can't write against a read only replica|--read-only option so it cannot execute|database is in read-only mode|not master|NotWritablePrimary/i,
    /--super-read-only option|MongoServerError: not primary|because the database is read-only|readonly database|ORA-16000/,
  ),
  confidence: 0.92,
  shared: true,
  stage: 'running',
  says: ({ match }) => `the database refuses writes (\`${match[0]}\`)`,
  remedies: () => [look('Ask which node is the primary'), change('Point the address at the primary', 'medium')],
});

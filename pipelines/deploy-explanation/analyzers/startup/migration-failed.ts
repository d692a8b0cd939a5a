import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';
import { begunMigration } from './migration-begun.ts';

/** What keeps a migration from the database is the failure, in its own line or right below one that only says that it failed. */
const KEPT_AWAY =
  /authentication failed|access denied for user|login failed for user|no pg_hba\.conf entry|permission denied for |x509:|certificate (?:verif|has|is|signed|required|chain)|tls: |ssl: |could not connect|connection (?:refused|timed|to server)|no such host|refused|timeout/i;
/** PostgreSQL's notices, and what Ecto says of whatever keeps it from the database. */
const NO_TROUBLE =
  /already exists, skipping|Could not create schema migrations table|\b(?:0|no) (?:error|fail|pending migration)/i;
/** Only that a migration failed, and not what of the database was wrong. */
const BARE = /^(?!.*(?:exist|missing|dirty|already|pending)).*migrat/is;
const BELOW = 6;

/** What Flyway finds wrong with a migration, below the line that only says that they are not valid: often behind the frames of a cause. */
const INVALID =
  /^(?:Migration (?:checksum|description|type) mismatch for migration|Detected (?:resolved|applied|failed|pending) )/;
const LISTED = 150;

function invalidBelow({ log, index }: LogHit): string | undefined {
  const below = log.lines.slice(index + 1, index + 1 + LISTED).map(({ text }) => text.trim());
  return below.find((said) => INVALID.test(said))?.slice(0, 120);
}

export const migrationFailed = logAnalyzer({
  kind: 'migration-failed',
  title: 'A database migration failed, or is missing',
  about: 'The log names a migration that failed, a dirty schema version, or a table or column that does not exist.',
  remedy: 'Repair the migration, then let it run again; roll the release back meanwhile.',
  pattern: anyOf(
    /migration[s]?\b[^\n]{0,80}\b(?:fail(?:ed)?|error|could not|dirty|aborted)|[Dd]irty database version (\d+)|(?:fail(?:ed)?|error|could not)\b[^\n]{0,40}\bmigrat(?:e|ion|ions)\b|relation "([\w.]+)" does not exist|column "?([\w.]+)"? does not exist|Unknown column '([\w.]+)'|Table '([\w.]+)' doesn't exist|no such table: ([\w.]+)|FlywayException|liquibase[^\n]*Exception|alembic[^\n]*(?:Error|Can't locate revision)|(?<!\b(?:appl|run|execut|perform|process|check|find|found)\w*(?: for)?(?: (?:\d+|all|any|the|no))* )pending migrations|Migration table is already locked|Schema[- ]validation: (?:missing (?:table|column|sequence)|wrong column type encountered in column) \[|no such column: ([\w.]+)|PendingMigrationError|migrations are pending|Duplicate(?:Column|Table|Object)\b|(?:column|relation|table|type) "?[\w.]+"? (?:of relation "?[\w.]+"? )?already exists|Duplicate column name '[\w.]+'/i,
    // SQL Server, Oracle, PostgreSQL, MySQL, Cassandra, ClickHouse
    /Invalid (?:object|column) name '([\w.]+)'|ORA-00942|ORA-00904|type "([\w.]+)" does not exist|function [\w.]+\([^)\n]*\) does not exist|Base table or view not found|Column not found: 1054|unconfigured table|Undefined column name|\(UNKNOWN_TABLE\)|\(undefined_(?:table|column)\)/,
    // Flyway, Alembic and Goose, where two files claim one version
    /[Ff]ound more than one migration with version (\S+)|Multiple head revisions are present|duplicate version \d+ detected/,
    // Doctrine, Entity Framework, Liquibase, Django, Prisma
    /TableNotFoundException|model backing the '[^']+' context has changed|Waiting for changelog lock|InconsistentMigrationHistory|The (?:table|column) `([^`]+)` does not exist in the current database/,
  ),
  except: anyOf(KEPT_AWAY, NO_TROUBLE),
  holds: ({ log, index, match }) =>
    !BARE.test(match[0]) || !log.lines.slice(index + 1, index + 1 + BELOW).some(({ raw }) => KEPT_AWAY.test(raw)),
  confidence: 0.92,
  says: (hit) => {
    const begun = begunMigration(hit);
    const wrong = invalidBelow(hit);
    return `${begun === undefined ? 'a database migration failed or is missing' : `the database migration \`${begun}\` failed`} (\`${hit.told()}${wrong === undefined ? '' : `: ${wrong}`}\`)`;
  },
  remedies: () => [
    look('Read the state of the migrations'),
    change('Repair the migration and run it again, or roll back', 'high'),
  ],
});

import { addressesOf } from '../../../../src/evidence/calls.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { named, type View } from '../../view.ts';
import { type LogHit, subjectOf } from './log-errors.ts';

/**
 * That there is no such user, as servers write it: PostgreSQL (also as the DETAIL of a password that was refused), MongoDB, MySQL and
 * MariaDB, ClickHouse, CockroachDB, Redis.
 */
const NO_USER =
  /\brole "([^"\s]+)" does not exist|Could not find user \\?"?([^"\s\\]+)\\?"? (?:for|on) db\b|\bUserNotFound\b(?!: Could not find)|There is no user[: ]+'?`?([\w.-]+)|password_authentication: user (\S+) does not exist/i;

/** That a user has no password, or not this one: MongoDB's SCRAM, PostgreSQL's DETAIL. */
const NO_PASSWORD = /User "([^"\s]+)" has no password assigned/;
const OTHER_PASSWORD = /storedKey mismatch|Password does not match for user "([^"\s]+)"/;

/** That a user may not come in at all although it exists. */
const NO_LOGIN = /role "([^"\s]+)" is not permitted to log in/i;

/** That who asks lacks the right: PostgreSQL, MySQL, MongoDB, Redis, ClickHouse, Oracle, SQL Server, Cassandra, RabbitMQ, Kafka, NATS. */
const NO_RIGHT =
  /permission denied (?:for (?:table|relation|schema|database|sequence|function|view|type|language|tablespace|foreign)|to (?:create|set|alter))\b[^\n"{]{0,60}|must be owner of \w+ \S+|\b[A-Z]+ command denied to user|Access denied; you need|not authorized on [\w.$-]+ to execute command|\bNOPERM\b[^\n"{]{0,80}|Not enough privileges|ORA-010(?:31|45)|permission was denied on (?:the )?object|has no \w+ permission on|access to (?:vhost|queue|exchange) '[^']*' (?:in vhost '[^']*' )?refused for user|not authorized to access (?:this topic|topics|group|cluster)[^\n"{]{0,60}|(?:Topic|Group|Cluster)AuthorizationException|Permissions Violation for [^\n"{]{0,60}/;
const NO_DATABASE_RIGHT = /Access denied for user '([^']+)'@'[^']*' to database '([^']+)'/;

/** Why a user is turned away, and what is to be done about it. */
export interface Refusal {
  /** As half a sentence. */
  readonly says: string;
  /** A step that changes things, where other credentials are not what is wanted. */
  readonly remedy?: string;
}

const CREATE = 'Create the user there, or correct the name that the workload is given';
const GRANT = 'Grant the right to the user, or give the workload a user that has it';

/** What a line says of why a user is turned away; undefined where it says only that it is. */
function inLine(line: string): Refusal | undefined {
  const absent = NO_USER.exec(line);
  if (absent !== null) {
    const user = absent.slice(1).find((part) => part);
    return {
      says: user === undefined ? 'its user does not exist' : `the user \`${user}\` does not exist`,
      remedy: CREATE,
    };
  }
  const unset = NO_PASSWORD.exec(line);
  if (unset !== null) return { says: `the user \`${unset[1]}\` has no password` };
  const other = OTHER_PASSWORD.exec(line);
  if (other !== null)
    return {
      says: `the password${other[1] === undefined ? '' : ` of user \`${other[1]}\``} is not the one that the server has`,
    };
  const barred = NO_LOGIN.exec(line);
  if (barred !== null) return { says: `the user \`${barred[1]}\` may not log in`, remedy: GRANT };
  const database = NO_DATABASE_RIGHT.exec(line);
  if (database !== null)
    return { says: `the user \`${database[1]}\` has no rights in database \`${database[2]}\``, remedy: GRANT };
  const right = NO_RIGHT.exec(line)?.[0];
  return right === undefined ? undefined : { says: `its user lacks a right (\`${right.trim()}\`)`, remedy: GRANT };
}

/** The names that the environment of a client calls. */
function calledBy(view: View, client: ObjectRef): ReadonlySet<string> {
  const own = addressesOf(view.scene).filter(({ workload }) => sameObject(workload, client));
  return new Set(own.map(({ host }) => host.split('.')[0] ?? host));
}

/**
 * Why a client is turned away: as its own line says, or, where that says only that it is, as the log of the server
 * does which it calls. Clients are told less on purpose.
 */
export function refusedHow(view: View, { line, log }: LogHit): Refusal | undefined {
  const own = inLine(line.text.slice(0, 4000));
  if (own !== undefined) return own;
  const client = subjectOf(view, log);
  if (client === undefined) return undefined;
  const called = calledBy(view, client);
  if (called.size === 0) return undefined;
  const told = view.scene.logs.flatMap((other) => {
    const server = subjectOf(view, other);
    if (server === undefined || sameObject(server, client) || !called.has(server.name)) return [];
    return other.lines.flatMap(({ raw }) => {
      const how = TURNED_AWAY.test(raw) ? inLine(raw.slice(0, 4000)) : undefined;
      return how === undefined ? [] : [{ ...how, says: `${how.says}, as the log of ${named(server)} says` }];
    });
  });
  return new Set(told.map(({ says }) => says)).size === 1 ? told[0] : undefined;
}

/** Marks of a server's own lines of clients that do not get in, or of the detail below one. */
const TURNED_AWAY = /"c":\s*"ACCESS"|\[\d+\][^\n]*(?:FATAL|DETAIL|LOG): {2}|\[MY-\d+\]/;

import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

const SERVER =
  /too many (?!threads)|remaining connection slots|max(?:imum)? (?:number of|connections)|no more connections allowed|query_wait_timeout|max_user_connections|ORA-|connection limit/i;

/** How programs say that a connection could not be made at all. */
const NEVER_MADE =
  /failed to connect\b|[Cc]onnection(?: to \S+)? refused|ECONNREFUSED|could not (?:connect|translate host)|authentication failed|no such host|UnknownHost|Name or service not known|ENOTFOUND|(?:TLS|SSL) (?:\w+ )?(?:handshake|connect|client: )/;
/** So many lines before a pool gives up, it says why. */
const JUST_BEFORE = 20;

export const connectionsExhausted = logAnalyzer({
  kind: 'connections-exhausted',
  title: 'There is no connection left',
  about: "The database answers and refuses further connections, or the program's own pool of connections is used up.",
  remedy: 'Lower the pool size times replicas, close leaks and slow queries, or raise the limit of the database.',
  aspects: {
    server: 'the database or broker refuses further connections',
    pool: "the program's own pool is used up: leaks, slow queries, or a pool that is too small",
  },
  aspect: ({ match }) => (SERVER.test(match[0]) ? 'server' : 'pool'),
  pattern: anyOf(
    /too many (?:clients|connections)|remaining connection slots are reserved|max(?:imum)? number of (?:clients|connections) (?:is )?reached|sorry, too many clients|Connection is not available, request timed out after \d+ms|(?:connection )?pool (?:is )?(?:exhausted|probably full|timeout|timed out|limit reached)|QueuePool limit|Timeout acquiring a connection|obtaining a connection from the pool|MongoWaitQueueFullError|ConnectionAcquireTimeoutError|[Tt]imed out (?:while )?(?:waiting|fetching|getting) (?:for )?a (?:new )?connection from the (?:connection )?pool|[Nn]o (?:more )?connections? available/i,
    // PgBouncer, MySQL, Oracle, MongoDB, RabbitMQ, NATS, nginx
    /no more connections allowed|query_wait_timeout|max_user_connections|ORA-(?:00018|00020|12516|12519|12520)|too many open connections|connection limit \(\d+\) is reached|maximum connections exceeded|worker_connections are not enough/,
    // Pools of the JVM, Go, Node, Python, Ruby, Elixir, Rust
    /Too many threads are already waiting for a connection|Timeout waiting for (?:a pooled item|idle object|connection from pool)|Connection acquisition timed out|PoolAcquireTimeout|checking out a connection from (?:the )?connection pool|timeout exceeded when trying to connect|Queue limit reached|couldn't get a connection after|PoolTimeout\b|could not obtain a connection from the pool|connection not available and request was dropped from queue|timed out waiting for connection$|waiting for a slot to become available|connection pool has been exhausted/,
  ),
  // A pool that never had a connection is not used up: something keeps it from connecting.
  except: /\btotal=0\b/,
  holds: ({ log, index, match }) =>
    SERVER.test(match[0]) ||
    !log.lines.slice(Math.max(0, index - JUST_BEFORE), index).some(({ raw }) => NEVER_MADE.test(raw)),
  confidence: 0.92,
  shared: true,
  stage: 'running',
  says: ({ match }) =>
    SERVER.test(match[0])
      ? `the database has no connections left (\`${match[0]}\`)`
      : `its pool of connections is used up (\`${match[0]}\`)`,
  remedies: ({ match }) => [
    look(
      SERVER.test(match[0]) ? 'Count the open connections at the database' : 'See which queries hold the connections',
    ),
    change('Lower pool size or replicas, close leaks, or raise the limit', 'medium'),
  ],
});

import { lookAt } from '../../commands/hosts.ts';
import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { REFUSED_WORDS, TIMED_OUT_WORDS } from './errno-words.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { subjectOf } from './log-errors.ts';
import { loopbackUpstream } from './loopback-upstream.ts';
import { settingOf } from './settings.ts';

const PATTERN = anyOf(
  /dial tcp (?:([\w.-]+|\[[0-9a-f:]+\]):(\d+)): (?:connect: )?(?:connection refused|i\/o timeout|no route to host|[Cc]onnection timed out|network is unreachable)|connect E(?:CONNREFUSED|TIMEDOUT|HOSTUNREACH) ([\w.:-]+?):(\d+)|connection to server at "([\w.-]+)"[^\n]{0,60}?port (\d+) failed|Error (?:111|110|113) connecting to ([\w.-]+):(\d+)|[Cc]ould ?n[o']t connect to (?:server|[\w ]{0,20}at |)['"]?([\w.-]+)?['"]?(?::(\d+))?|Can't connect to (?:MySQL|PostgreSQL)[^\n]{0,30}? '([\w.-]+)(?::(\d+))?'|Connection refused|ECONNREFUSED|[Cc]onnection timed out|Connection to ([\w.-]+):(\d+) refused|[Ff]ailed to connect to (?:the )?(?:database|redis|kafka|rabbitmq|mongo\w*|postgres\w*|mysql|broker)[^\n]{0,60}|[Ff]ailed to connect to ([\w.-]+):(\d+)|No route to host|Unable to connect to [\w.-]+(?:\/<unresolved>)?:\d+|Communications link failure|Timed out waiting for a node assignment|network-related or instance-specific error occurred while establishing a connection|NoBrokersAvailable|Mongo(?:Network|ServerSelection)Error|Server selection timed out|ServerSelectionTimeoutError/,
  // Redis, RabbitMQ, Kafka, NATS, ZooKeeper, memcached, Eureka
  /UnableToConnect on ([\w.-]+):(\d+)|not possible to connect to the redis|None of the specified endpoints were reachable|Connection to node -?\d+ \(([\w.-]+)(?:\/[\d.]+)?:(\d+)\) could not be established|Bootstrap broker ([\w.-]+):(\d+)[^\n]{0,40} disconnected|no servers available for connection|Unable to connect to zookeeper|waiting for connection while in state: CONNECTING|connect timeout to ([\w.-]+):(\d+)|Timeout connecting to (?:server|([\w.-]+):(\d+))|SERVER HAS FAILED AND IS DISABLED|Cannot execute request on any known server/,
  // Databases
  /Timed out after \d+ ms while waiting for a server that matches|TNS:no listener|Network Adapter could not establish the connection|Adaptive Server is unavailable|Could not reach any contact point|NoHostAvailable|[Nn]o Elasticsearch node available|NoLivingConnections|through socket '|\(([\w.-]+):(\d+)\): connection refused/,
  // Clients of HTTP and gRPC, sockets; nginx before what it passes requests to
  /connect\(\) failed \(1\d\d: [^)\n]+\)[^\n]{0,2000}? upstream: "\w+:\/\/([\w.-]+|\[[0-9a-f:]+\]):(\d+)|HTTPS?ConnectionPool\(host='([\w.-]+)', port=(\d+)\)[^\n]{0,400}(?:ConnectTimeout|[Cc]onnection refused|timed out\. \(connect)|ConnectTimeout(?:Error|Exception)?\b|[Cc]onnect timed out|All connection attempts failed|\[Errno (?:111|110|113)\] Connect call failed \('([\w.:-]+)', (\d+)|Multiple exceptions: \[Errno 1\d\d\] Connect call failed|Cannot connect to host ([\w.-]+):(\d+)|UNAVAILABLE: io exception|dial unix \S+: connect: \w+/,
  // As Go says it, at the end of whatever wraps it
  /: connection refused(?=["')\]]*\s*$)/,
  REFUSED_WORDS,
  TIMED_OUT_WORDS,
);

/** An address that Node's clients name behind the error's own name, with the host before it was resolved where that stands there. */
const BEHIND = /E(?:CONNREFUSED|TIMEDOUT|HOSTUNREACH) ([\w.:-]+?):(\d+)(?: \(([\w.-]+):\d+\))?/;

/** An address before the error, as messages name what they were at; a place in a source file is none. */
const BEFORE = /(?<![\w.-])([a-z][\w-]*(?:\.[\w-]+)*|\d+(?:\.\d+){3}):(\d{2,5})(?![\w:])/gi;
const SOURCE = /\.(?:go|py|[cm]?[jt]s|rb|java|kt|rs|cs|php|cc|cpp|c)$/i;

/** The name beside an address, one of them in brackets: `10.0.0.7:5432 (db.shop.svc:5432)`, or the other way round. Clients that resolve first say both. */
function nameBeside({ 0: whole, index, input }: RegExpExecArray, address: string): string | undefined {
  const opened = input.indexOf(`(${address}`);
  const before = opened < 0 ? undefined : NAME_BEFORE.exec(input.slice(0, opened))?.[1];
  return before ?? NAME_BEHIND.exec(input.slice(index + whole.length))?.[1];
}
const NAME_BEHIND = /^ ?\(([a-z][\w-]*(?:\.[\w-]+)*):\d{2,5}\)/i;
const NAME_BEFORE = /(?<![\w.-])([a-z][\w-]*(?:\.[\w-]+)*):\d{2,5} ?$/i;

function target(match: RegExpExecArray): { host?: string; port?: string } {
  const { host, ...rest } = addressed(match);
  if (host === undefined || !/^[\d.]+$/.test(host)) return { ...rest, ...(host === undefined ? {} : { host }) };
  return { ...rest, host: nameBeside(match, host) ?? host };
}

function addressed(match: RegExpExecArray): { host?: string; port?: string } {
  if (match.slice(1).every((part) => part === undefined)) {
    const behind = BEHIND.exec(match.input.slice(match.index));
    if (behind !== null) return { host: behind[3] ?? behind[1] ?? '', port: behind[2] ?? '' };
    const before = [...match.input.slice(0, match.index).matchAll(BEFORE)].findLast(
      ([, host = '']) => !SOURCE.test(host),
    );
    if (before !== undefined) return { host: before[1] ?? '', port: before[2] ?? '' };
  }
  const parts = match.slice(1).filter((part) => part !== undefined);
  const port = parts.find((part) => /^\d+$/.test(part));
  const host = parts.find((part) => !/^\d+$/.test(part));
  return { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
}

export const cannotConnect = logAnalyzer({
  kind: 'cannot-connect',
  title: 'The program cannot connect to something it depends on',
  about:
    'The name resolves, but the connection is refused or times out: nothing listens there, wrong port, or the network forbids it.',
  remedy:
    'Check that what it depends on runs and listens on that address and port; correct the address where it is set.',
  pattern: PATTERN,
  except:
    /FATAL: +(?:database|role|password|no pg_hba|sorry)|no such host|not known|ENOTFOUND|Liveness probe|Readiness probe|localhost:9090/,
  confidence: 0.88,
  severity: (hit, view) => {
    const { host, port } = target(hit.match);
    return loopbackUpstream(view, hit, host, port)?.inFront ? 'failed' : undefined;
  },
  says: (hit, view) => {
    const { host, port } = target(hit.match);
    const passed = loopbackUpstream(view, hit, host, port);
    if (passed !== undefined)
      return `its container \`${passed.container}\` passes requests on to \`${host}:${port}\`${passed.told === undefined ? '' : ` (\`${passed.told}\`)`}, a port that no other container of the pod declares (${passed.others})`;
    return host === undefined
      ? 'it cannot connect to what it depends on'
      : `it cannot connect to \`${host}${port === undefined ? '' : `:${port}`}\``;
  },
  object: (hit, view) => {
    const { host, port } = target(hit.match);
    const subject = subjectOf(view, hit.log);
    if (host === undefined || /^[\d.]+$/.test(host))
      return port === undefined || host === undefined ? undefined : settingOf(view, hit, subject, `${host}:${port}`);
    return (
      settingOf(view, hit, subject, port === undefined ? host : `${host}:${port}`) ??
      settingOf(view, hit, subject, host)
    );
  },
  remedies: ({ match }, subject, view) => {
    const { host, port } = target(match);
    return [
      host === undefined ? look('See whether what it depends on runs') : lookAt(host, subject, view),
      change(
        `Correct the address${port === undefined ? '' : ` (host or port ${port})`} where it is set, or start what it points at`,
      ),
    ];
  },
});

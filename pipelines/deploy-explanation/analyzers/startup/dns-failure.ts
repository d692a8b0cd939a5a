import { command, operand, piped } from '../../../../src/evidence/commands/shell.ts';
import { nearest } from '../../../../src/nearest.ts';
import type { View } from '../../view.ts';
import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { type LogHit, subjectOf } from './log-errors.ts';
import { settingOf } from './settings.ts';

const PATTERN = anyOf(
  /lookup ([\w.-]+)(?: on [\d.:]+)?: (?:no such host|server misbehaving|i\/o timeout)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|Failed to resolve '([\w.-]+)'|could not translate host name "([\w.-]+)"|UnknownHostException:? ?([\w.-]+)?|Unknown (?:MySQL server )?host '?([\w.-]+)'?|[Cc]ould ?n[o']t resolve host(?:name)?:? '?"?([\w.-]+)?|Name or service not known|getaddrinfo: Name does not resolve|No address associated with hostname|Temporary failure in name resolution|nodename nor servname provided|failed to lookup address information|Error (?:-2|-3|-5) connecting to ([\w.-]+):\d+|NXDOMAIN|(?:server can't find|nslookup: can't resolve) '?([\w.-]+)|bad address '([\w.-]+)'|dns error|[Hh]ost not found(?: in upstream "([\w.-]+))?/,
  // Java and Kafka, Node and MongoDB, Go, .NET, busybox and wget, Elixir
  /DnsNameResolverTimeoutException|No resolvable bootstrap urls|Couldn't resolve server ([\w.-]+?)[: ]|DNS resolution failed for ([\w.-]+)|query[A-Z]\w* E(?:TIMEOUT|NOTFOUND|SERVFAIL|REFUSED) ([\w.-]+)|DNS query name does not exist: ([\w.-]+)|lookup ([\w.-]+) on [\d.:]+: read udp \S+: i\/o timeout|No such host is known|Name does not resolve|unable to resolve host address ['\u2018]?([\w.-]+)|[Cc]annot resolve hostname '?([\w.-]+)|\(([\w.-]+):\d+\): non-existing domain/,
);

function hostOf(match: RegExpExecArray, text: string): string | undefined {
  const named = match.slice(1).find((part) => part !== undefined && part !== '');
  return (
    named ??
    /\bserver (?:on|at) '([\w.-]+)'/.exec(text)?.[1] ??
    /\b(?:host|to|at|dial|connect(?:ing)? to)[ =:'"]+(?!(?:open|connect|resolve|reach|get|fetch|send|read|find|establish|create|obtain|look(?:up)?|start|load|be|the|an?)\b)([a-z][\w-]*(?:\.[\w-]+)*)(?::\d+)?/i.exec(
      text,
    )?.[1]
  );
}

/** The host that the trace names best: later lines of a chained exception often hold it. */
function bestHost(hit: Parameters<Parameters<typeof logAnalyzer>[0]['says']>[0]): string | undefined {
  const own = hostOf(hit.match, hit.line.text);
  if (own !== undefined) return own;
  for (const line of hit.log.lines.slice(hit.index, hit.index + 80)) {
    const match =
      /Failed to resolve '([\w.-]+)'|host='([\w.-]+)'|resolve ([\w-]+\.[\w.-]+)|UnknownHostException: ([\w.-]+)/.exec(
        line.text,
      );
    if (match !== null) return match.slice(1).find((part) => part !== undefined);
  }
  return undefined;
}

/** A name that only cluster DNS answers, with the namespace that it names. */
const IN_CLUSTER = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.([a-z0-9-]+)(?:\.svc(?:\.[a-z0-9.-]+)?)?)?$/;

/** The Service that may be meant by a name of the cluster that does not resolve, where the Services of its namespace were seen and none is called so. */
function meantService(view: View, hit: LogHit, host: string): string | undefined {
  const [, name, space] = IN_CLUSTER.exec(host) ?? [];
  const where = space ?? subjectOf(view, hit.log)?.namespace;
  if (name === undefined || where === undefined) return undefined;
  const names = view.scene.objects.flatMap(({ ref }) =>
    ref.kind === 'Service' && ref.namespace === where ? [ref.name] : [],
  );
  return names.includes(name) ? undefined : nearest(name, names, 1)[0];
}

export const dnsFailure = logAnalyzer({
  kind: 'dns-failure',
  title: 'A host name does not resolve',
  about:
    'The program cannot resolve the name of something it depends on: mistyped, in another namespace, gone, or DNS itself fails.',
  remedy:
    'Correct the host name where it is set; otherwise check that the Service exists and that cluster DNS answers.',
  pattern: PATTERN,
  // MySQL looks up the names of its clients, which seldom have one.
  except: /IP address '[^']+' could not be resolved/,
  confidence: 0.93,
  says: (hit, view) => {
    const host = bestHost(hit);
    if (host === undefined) return 'a host name it depends on does not resolve (DNS)';
    const meant = meantService(view, hit, host);
    return `the host name \`${host}\` does not resolve (DNS)${meant === undefined ? '' : `; there is no Service of that name, the nearest is \`${meant}\``}`;
  },
  object: (hit, view) => {
    const host = bestHost(hit);
    return host === undefined ? undefined : settingOf(view, hit, subjectOf(view, hit.log), host);
  },
  remedies: (hit) => {
    const host = bestHost(hit);
    return [
      look(
        'See whether there is a Service of that name, and in which namespace',
        piped(
          command('kubectl', 'get', 'services', '-A'),
          command('grep', '-F', host === undefined ? 'NAME' : operand(host.split('.')[0])),
        ),
      ),
      change(
        host === undefined
          ? 'Correct the host name where it is set'
          : `Correct the host name \`${host}\` where it is set, or create the Service it names`,
      ),
    ];
  },
});

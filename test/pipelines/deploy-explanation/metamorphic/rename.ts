import { collect } from '../../../../src/evidence/collect.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { buildScene } from '../../../../src/evidence/scene.ts';
import { asArray, asObject, at, text } from '../../../../src/json.ts';
import type { Case, Change } from './case.ts';
import { inColumns, rewrite } from './layout.ts';

/** Names that mean something by themselves: parts of the platform, software that says what listens, words of the API. */
const MEANS =
  /^(?:default|kubernetes|apps|batch|policy|sandbox|directory|file|files|upgrade|install|release|rollback|app|pod|node|nodes|container|service|config|image|name|main|master|server|error|all|test|go|data|spec|status|status|localhost|system|manager|agent|local|core|info|key|value|set|true|false|none|null|yes|any|latest|stable|root|user|admin|cluster|docker|linux|app\..*|.*\.(?:io|com|org|dev|net|sh|cloud))$|kube|coredns|etcd|istio|envoy|linkerd|calico|cilium|flannel|weave|^aws|^ebs|csi|argo|flux|cert-manager|external-|ingress|nginx|traefik|haproxy|metrics-server|gatekeeper|kyverno|chaos|prometheus|grafana|alertmanager|loki|jaeger|otel|otlp|open-?telemetry|operator|provision|redis|valkey|postgres|pgsql|\bpg\b|mysql|maria|mongo|rabbit|amqp|kafka|zookeeper|elastic|opensearch|memcache|clickhouse|cassandra|nats|minio|vault|consul|keycloak|node-exporter|vpc|github|gitlab|runner|npm|maven|gradle|terraform|helm|flagd|proxy|dns|registry|repo$|metallb|gateway|storage|standard|^gp\d|webhook|validat|mutat|admission/;

/** Names of the case's own objects: not pods, of which controllers make the names, but their workloads. */
export function namesOf(given: Case): { names: string[]; namespaces: string[]; kept: string[] } {
  const scene = buildScene(collect(given.files).items);
  const names = new Set<string>();
  const namespaces = new Set<string>();
  for (const { ref, object } of scene.objects) {
    if (ref.namespace !== undefined) namespaces.add(ref.namespace);
    if (ref.kind === 'Namespace') namespaces.add(ref.name);
    else if (/^(?:Pod|ReplicaSet|Job)$/.test(ref.kind)) names.add(workloadOf(scene, ref).name);
    else names.add(ref.name);
    const spec = asObject(at(object, 'spec', 'template', 'spec') ?? object.spec);
    for (const container of asArray(spec.containers)) names.add(text(asObject(container).name) ?? '');
  }
  for (const { pod } of scene.logs) if (pod !== undefined) names.add(workloadOf(scene, pod).name);
  for (const { object } of scene.events) {
    if (object === undefined) continue;
    names.add(workloadOf(scene, object).name);
    if (object.namespace !== undefined) namespaces.add(object.namespace);
  }
  const own = (list: ReadonlySet<string>) =>
    [...list].filter((name) => /^[a-z][a-z0-9.-]{2,}$/.test(name) && !MEANS.test(name)).sort();
  return {
    namespaces: own(namespaces),
    names: own(names).filter((name) => !namespaces.has(name)),
    kept: [...names, ...namespaces].filter((name) => name.length > 2 && MEANS.test(name)),
  };
}

/** Replaces whole names, also in the names that controllers derive (`NAME-6d4f9c7b58-x2x9q`, `NAME-0`). */
export function renamer(map: ReadonlyMap<string, string>): (text: string) => string {
  if (map.size === 0) return (same) => same;
  const longestFirst = [...map.keys()].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((name) => name.replace(/[.]/g, '\\.'));
  const made = '(?:[a-f0-9]*\\d[a-f0-9]*|[bcdfghjklmnpqrstvwxz2456789]+)';
  const derived = `-${made}-[a-z0-9]{5}|-\\d{1,4}-[a-z0-9]{5}|-${made}|-(?=[a-z]*\\d)[a-z0-9]{5}|-\\d{1,2}`;
  const pattern = new RegExp(
    `(?:(?<![\\w-])|(?<=/[a-z0-9-]{1,63}_))(${escaped.join('|')})(?=(?:${derived})?(?:(?![\\w-])|_(?=[*0-9a-f]|[A-Z]|[a-z0-9-]+_)))`,
    'g',
  );
  return (said) => said.replace(pattern, (name) => map.get(name) ?? name);
}

/** File names say more than the name: `NAME-previous.log`, `logs-NAME.txt`, `describe_NAME`. */
function inFileName(file: string, map: ReadonlyMap<string, string>): string {
  const longestFirst = [...map.keys()].sort((a, b) => b.length - a.length).map((name) => name.replaceAll('.', '\\.'));
  return file.replace(
    new RegExp(`(?<![a-z0-9])(?:${longestFirst.join('|')})(?![a-z0-9])`, 'g'),
    (name) => map.get(name) ?? name,
  );
}

/** Of columns that are no table as a whole, the next one stays where it is, as long as there is room. */
function inPlace(line: string, say: (text: string) => string): string {
  if (!/\S {2,}\S/.test(line)) return say(line);
  let debt = 0;
  return line
    .split(/( {2,})/)
    .map((part, index) => {
      if (index % 2 === 1) {
        const gap = Math.max(2, part.length - debt);
        debt -= part.length - gap;
        return ' '.repeat(gap);
      }
      const said = say(part);
      debt += said.length - part.length;
      return said;
    })
    .join('');
}

/** A case of which every text, the question and the answer are said otherwise: tables stay laid out. */
export function said(given: Case, say: (text: string) => string, file: (name: string) => string): Case | undefined {
  const files = given.files.map(({ name, text }) => ({
    name: file(name),
    text: rewrite(
      text,
      ({ rows, indent, from, to }, lines) => {
        const own = rows.map((row) => row.map(say));
        const same = rows.every((row, index) => row.every((cell, column) => cell === own[index]?.[column]));
        return same ? lines.slice(from, to) : inColumns(own, indent);
      },
      (line) => inPlace(line, say),
    ),
  }));
  if (files.every(({ text }, index) => text === given.files[index]?.text)) return undefined;
  const { object } = given.expected;
  const named = Object.entries(object ?? {}).map(([key, value]) => [key, key === 'kind' ? value : say(value)]);
  const expected = object === undefined ? given.expected : { ...given.expected, object: Object.fromEntries(named) };
  return { ...given, files, expected, ...(given.question === undefined ? {} : { question: say(given.question) }) };
}

/** A case whose names are others, in its texts, their names, the question and the answer. */
export function renamed(given: Case, map: ReadonlyMap<string, string>): Case | undefined {
  return map.size === 0 ? undefined : said(given, renamer(map), (name) => inFileName(name, map));
}

const PLAIN =
  'ledger basket atlas quotes meridian tickets lantern harvest courier invoices pollen ferry granite saffron'.split(
    ' ',
  );
const NUMBERED =
  'ledger-v2 m365-sync eu1-basket tickets2 s3-mirror p99 a1 quotes-2024 b2b-invoices lantern-v1beta1 x509-desk k9 harvest-0x team42-returns-reconciliation-canary'.split(
    ' ',
  );
const KINDLIKE =
  'pod-finder deployment-tracker secret-santa config-desk event-bus job-board error-reporter failed-orders timeout-lab not-found-page image-resizer quota-desk volume-planner backoff-lab crash-collector node-atlas service-desk warning-lights migration-hub namespace-map permission-sync oom-stats dns-desk certificate-expired-bot connection-refused-demo read-only-mirror lock-timeout-ui heap-viewer panic-button unauthorized-list'.split(
    ' ',
  );
const SPACES = 'team-a prod-eu-1 qa ns42 error-lab payments-prod-v2 pods-r-us default-apps x9 staging'.split(' ');

/** Words that say what a thing is, which many names begin with. */
const GENERIC =
  /^(?:web|api|db|job|cron|logs?|http|https|grpc|tcp|files?|dev|prod|staging|team|read|write|cache|queue|worker|events?|auth|secret|pvc|svc|my|the|old|new|front|back|frontend|backend)$/;

/** What names begin with that are a family's: `tickets` of `tickets-web` and `tickets-api`. */
function families(names: readonly string[]): string[] {
  const firsts = names.map((name) => name.split('-')[0] ?? '');
  const shared = firsts.filter((first, index) => firsts.indexOf(first) !== index && names[index] !== first);
  return [...new Set(shared)].filter(
    (first) => /^[a-z]{4,}$/.test(first) && !names.includes(first) && !MEANS.test(first) && !GENERIC.test(first),
  );
}

/** Whether two words differ by a slip of the pen. */
function nearly(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - from && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - from - end <= 2;
}

/** Names that something else is called nearly as, perhaps by mistake: with another name it would not be one. */
function mistakable(names: readonly string[], said: string): Set<string> {
  const words = new Set(said.match(/[a-z0-9]+(?:-[a-z0-9]+)*/g));
  const others = [...words].filter((word) => word.length > 3 && !names.includes(word));
  const begins = (name: string, other: string) =>
    name.startsWith(other) &&
    other.length > 4 &&
    /^(?:[a-z0-9]|-(?:svc|service|db|api)$)/.test(name.slice(other.length));
  return new Set(
    names.filter((name) => name.length > 3 && others.some((other) => nearly(name, other) || begins(name, other))),
  );
}

function change(name: string, pool: readonly string[]): Change {
  return {
    name,
    apply: (given, random) => {
      const found = namesOf(given);
      const said = given.files.map(({ text }) => text).join('\n');
      const near = mistakable([...found.names, ...found.namespaces], said);
      const kept = [...found.kept, ...near];
      // A part of a name that stays.
      const stays = (one: string) =>
        near.has(one) ||
        [...near].some((name) => one.startsWith(`${name}-`)) ||
        found.kept.some((name) => name.startsWith(`${one}-`) || name.endsWith(`-${one}`));
      const [names, namespaces] = [found.names, found.namespaces].map((list) => list.filter((one) => !stays(one)));
      if (names === undefined || namespaces === undefined) return undefined;
      const free = (list: readonly string[]) => random.shuffled(list.filter((one) => !said.includes(one)));
      const [others, spaces] = [free(pool), free(SPACES)];
      const other = (list: string[]) => list.pop() ?? `${random.pick(PLAIN)}-${random.suffix(3)}x`;
      const map = new Map<string, string>();
      const bases = () => [...map.keys()].reverse();
      // A name that another one begins or ends with stays its part.
      const ordered = [
        ...families([...names, ...namespaces]).filter((one) => !stays(one)),
        ...names,
        ...namespaces,
      ].sort((a, b) => a.length - b.length);
      for (const one of ordered) {
        const head = bases().find((base) => one.startsWith(`${base}-`) || one.startsWith(`${base}.`));
        const tail = bases().find((base) => one.endsWith(`-${base}`) || one.endsWith(`.${base}`));
        const fresh = () => other(namespaces.includes(one) ? spaces : others);
        if (head !== undefined) map.set(one, `${map.get(head)}${one.slice(head.length)}`);
        else if (tail !== undefined) map.set(one, `${one.slice(0, -tail.length)}${map.get(tail)}`);
        else map.set(one, fresh());
      }
      // Claims of a StatefulSet are named after it.
      for (const name of names) {
        const [, template, set = '', number] = /^([a-z0-9]+)-(.+)-(\d+)$/.exec(name) ?? [];
        if (map.has(set)) map.set(name, `${template}-${map.get(set)}-${number}`);
      }
      for (const [name, other] of [...map]) map.set(variable(name), variable(other));
      for (const name of kept) map.set(name, name);
      return renamed(given, map);
    },
  };
}

/** How variables of the environment write a name. */
const variable = (name: string) => name.toUpperCase().replace(/[-.]/g, '_');

/** Words that kubectl, a log or the API may also say. */
const WORDS =
  'worker default-backend events jobs status tasks volumes metrics health console controller frontend backend sessions images secrets tokens endpoints templates limits backup restore operations'.split(
    ' ',
  );

export const renames: readonly Change[] = [
  change('rename-plain', PLAIN),
  change('rename-numbered', NUMBERED),
  change('rename-like-kinds', KINDLIKE),
  change('rename-words', WORDS),
];

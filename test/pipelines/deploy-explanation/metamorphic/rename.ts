import { collect } from '../../../../src/evidence/collect.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { buildScene } from '../../../../src/evidence/scene.ts';
import { asArray, asObject, at, text } from '../../../../src/json.ts';
import type { Case, Change } from './case.ts';
import { inColumns, rewrite } from './layout.ts';
import type { Random } from './random.ts';

/** Names that mean something by themselves: parts of the platform, software that says what listens, words of the API. */
const MEANS =
  /^(?:default|kubernetes|app|pod|node|nodes|container|service|config|image|name|main|master|server|error|all|test|go|data|spec|status|status|localhost|system|manager|agent|local|core|info|key|value|set|true|false|none|null|yes|any|latest|stable|root|user|admin|cluster|docker|linux|app\..*|.*\.(?:io|com|org|dev|net|sh|cloud))$|kube|coredns|etcd|istio|envoy|linkerd|calico|cilium|flannel|weave|^aws|^ebs|csi|argo|flux|cert-manager|external-|ingress|nginx|traefik|haproxy|metrics-server|gatekeeper|kyverno|chaos|prometheus|grafana|alertmanager|loki|jaeger|otel|otlp|open-?telemetry|operator|provision|redis|valkey|postgres|pgsql|\bpg\b|mysql|maria|mongo|rabbit|amqp|kafka|zookeeper|elastic|opensearch|memcache|clickhouse|cassandra|nats|minio|vault|consul|keycloak|node-exporter|vpc|github|gitlab|runner|npm|maven|gradle|terraform|helm|flagd|proxy|dns|registry|repo$|metallb|gateway|storage|standard|^gp\d|webhook|validat|mutat|admission/;

/** Names of the case's own objects: not pods, of which controllers make the names, but their workloads. */
export function namesOf(given: Case): { names: string[]; namespaces: string[] } {
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
  };
}

/** Replaces whole names, also in the names that controllers derive (`NAME-6d4f9c7b58-x2x9q`, `NAME-0`). */
export function renamer(map: ReadonlyMap<string, string>): (text: string) => string {
  if (map.size === 0) return (same) => same;
  const longestFirst = [...map.keys()].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((name) => name.replace(/[.]/g, '\\.'));
  const made = '(?:[a-f0-9]*\\d[a-f0-9]*|[bcdfghjklmnpqrstvwxz2456789]+)';
  const derived = `-${made}-[a-z0-9]{5}|-${made}|-(?=[a-z]*\\d)[a-z0-9]{5}|-\\d{1,2}`;
  const pattern = new RegExp(`(?<![\\w-])(${escaped.join('|')})(?=(?:${derived})?(?![\\w-])|_(?=[A-Z]))`, 'g');
  return (said) => said.replace(pattern, (name) => map.get(name) ?? name);
}

/** A case whose names are others, in its texts, their names, the question and the answer. */
export function renamed(given: Case, map: ReadonlyMap<string, string>): Case | undefined {
  const say = renamer(map);
  const files = given.files.map(({ name, text }) => ({
    name: say(name),
    text: rewrite(
      text,
      ({ rows, indent, from, to }, lines) => {
        const own = rows.map((row) => row.map(say));
        const same = rows.every((row, index) => row.every((cell, column) => cell === own[index]?.[column]));
        return same ? lines.slice(from, to) : inColumns(own, indent);
      },
      say,
    ),
  }));
  if (files.every(({ text }, index) => text === given.files[index]?.text)) return undefined;
  const { object } = given.expected;
  const expected =
    object === undefined
      ? given.expected
      : {
          ...given.expected,
          object: {
            ...object,
            name: say(object.name),
            ...(object.namespace === undefined ? {} : { namespace: say(object.namespace) }),
          },
        };
  return { ...given, files, expected, ...(given.question === undefined ? {} : { question: say(given.question) }) };
}

const PLAIN = 'ledger basket atlas quotes meridian tickets lantern harvest courier invoices pollen ferry granite saffron'.split(' ');
const NUMBERED =
  'ledger-v2 m365-sync eu1-basket tickets2 s3-mirror p99 a1 quotes-2024 b2b-invoices lantern-v1beta1 x509-desk k9 harvest-0x team42-returns-reconciliation-canary'.split(
    ' ',
  );
const KINDLIKE =
  'pod-finder deployment-tracker secret-santa config-desk event-bus job-board error-reporter failed-orders timeout-lab not-found-page image-resizer quota-desk volume-planner backoff-lab crash-collector node-atlas service-desk warning-lights migration-hub namespace-map'.split(
    ' ',
  );
const SPACES = 'team-a prod-eu-1 qa ns42 error-lab payments-prod-v2 pods-r-us default-apps x9 staging'.split(' ');

function change(name: string, pool: readonly string[]): Change {
  return {
    name,
    apply: (given, random) => {
      const { names, namespaces } = namesOf(given);
      const said = given.files.map(({ text }) => text).join('\n');
      const free = (list: readonly string[]) => random.shuffled(list.filter((one) => !said.includes(one)));
      const map = new Map([...pairs(names, free(pool), random), ...pairs(namespaces, free(SPACES), random)]);
      // Claims of a StatefulSet are named after it.
      for (const name of names) {
        const [, template, set = '', number] = /^([a-z0-9]+)-(.+)-(\d+)$/.exec(name) ?? [];
        if (map.has(set)) map.set(name, `${template}-${map.get(set)}-${number}`);
      }
      for (const [name, other] of [...map]) map.set(variable(name), variable(other));
      return renamed(given, map);
    },
  };
}

/** How variables of the environment write a name. */
const variable = (name: string) => name.toUpperCase().replace(/[-.]/g, '_');

function pairs(names: readonly string[], others: readonly string[], random: Random): [string, string][] {
  return names.map((name, index) => [name, others[index] ?? `${random.pick(others)}-${random.suffix(3)}x`]);
}

export const renames: readonly Change[] = [
  change('rename-plain', PLAIN),
  change('rename-numbered', NUMBERED),
  change('rename-like-kinds', KINDLIKE),
];

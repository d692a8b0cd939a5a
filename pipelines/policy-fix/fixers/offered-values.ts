import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { isCustomKind } from '../../../src/policy/custom-kinds.ts';
import { OVER_TLS_BECAUSE, saferURL } from '../cel/addresses.ts';
import { TELLING } from '../cel/members.ts';
import { endsWork, isAmount, isEdgeOfTime } from '../defaults.ts';
import { edgesOf } from '../edges.ts';
import type { Path } from '../edits.ts';
import { wordsAt } from '../field-words.ts';
import { accepts } from '../kyverno/pattern.ts';
import { isLabel, keysOf } from '../wish.ts';
import { fittedText } from './fitted-text.ts';
import { type FixContext, sourceOf } from './fixer.ts';
import { movedHost } from './ingress.ts';
import { pairedFor } from './paired.ts';
import { leaves } from './parameters.ts';

/** The name of a port that is there: a word for people and meshes, not what an object is called. */
export const isPortName = (object: Json, path: Path): boolean =>
  path.at(-3) === 'ports' && path.at(-1) === 'name' && valueAt(object, path.slice(0, -1)) !== undefined;

/** The largest number that a pattern takes, where that is all it says: `<=3600`. */
export function mostOf(pattern: string): number | undefined {
  const [, strict, bound] = /^<(=?)\s*(\d+)$/.exec(pattern) ?? [];
  return bound === undefined ? undefined : Number(bound) - (strict === '=' ? 0 : 1);
}

/** The words that a pattern's alternatives are or begin with: `http* | metrics`, `^(http|grpc)(-.*)?$`. */
function wordsIn(pattern: string): string[] {
  const listed = /^\^\(\??:?([a-z0-9|-]+)\)/.exec(pattern)?.[1] ?? (pattern.startsWith('^') ? '' : pattern);
  const words = listed.split('|').map((word) => word.trim().replace(/-?\*$/, ''));
  return words.every((word) => /^[a-z][a-z0-9-]*$/.test(word)) ? words : [];
}

/** The largest whole number of a pattern that only says what it does not take: `!0`, `!0 & !0%`. */
function refusedNumber(pattern: string): number | undefined {
  const parts = pattern.split('&').map((part) => /^!\s*(\S+)$/.exec(part.trim())?.[1]);
  const numbers = parts.flatMap((part) => (part !== undefined && /^\d+$/.test(part) ? [Number(part)] : []));
  return parts.includes(undefined) || numbers.length === 0 ? undefined : Math.max(...numbers);
}

/** Whether the next whole number means something there: one byte or one second is no amount that anybody wants. */
const isCount = (path: Path, value: number): boolean =>
  !isEdgeOfTime(path, value) && !/(?:^|\.)(?:resources|storage|limits|requests|sizeLimit)(?:\.|$)/.test(keysOf(path));

/** Whether the sources or destinations of a rule of a NetworkPolicy stand there. */
export const isPeers = (path: Path): boolean => /^spec\.(?:ingress\.from|egress\.to)$/.test(keysOf(path));

/** What parts of Istio's AuthorizationPolicy and OpenShift's Route may be that have to be there, the narrowest or most usual first. */
export function partsFor(object: JsonObject, path: Path): { value: Json; source: string }[] {
  const at = `${object.kind} ${keysOf(path)}`;
  const namespace = valueAt(object, ['metadata', 'namespace']);
  if (at === 'AuthorizationPolicy spec.rules.from' && typeof namespace === 'string')
    return [
      {
        value: [{ source: { namespaces: [namespace] } }],
        source: 'Istio: who runs in its own namespace, and nobody else',
      },
    ];
  if (at !== 'Route spec.tls' || !String(object.apiVersion).startsWith('route.openshift.io/')) return [];
  return [
    {
      value: { termination: 'edge', insecureEdgeTerminationPolicy: 'Redirect' },
      source: 'OpenShift: the router ends TLS with its own certificate; plain requests are sent to it',
    },
    { value: { termination: 'reencrypt' }, source: 'OpenShift: the router ends TLS and speaks TLS to the pods' },
    { value: { termination: 'passthrough' }, source: 'OpenShift: the pods end TLS themselves' },
  ];
}

/** Parameters of a violated policy that its message gives for a field in which anything may stand. */
function namedFor({ policies }: FixContext, path: Path): { value: Json; source: string }[] {
  const key = String(path.at(-1)).toLowerCase();
  return policies.flatMap(({ messages, parameters }) => {
    const lines = messages.split('\n').filter((line) => line.toLowerCase().includes(key));
    const tokens = new Set(lines.flatMap((line) => line.split(/[^\w./:-]+/)));
    return [...leaves(parameters)].flatMap(({ value }) =>
      typeof value === 'number' && tokens.has(String(value))
        ? [{ value, source: "the policy's parameters, as its message says" }]
        : [],
    );
  });
}

/** A text of options, and one more that a policy asks for: what stands there is kept. */
function oneMoreOption(object: JsonObject, path: Path, pattern: string): { value: Json; source: string }[] {
  const option = /^\*(-[^*]+)\*$/.exec(pattern)?.[1];
  const now = valueAt(object, path);
  return option !== undefined && typeof now === 'string' && now !== ''
    ? [{ value: `${now} ${option}`, source: 'the policy, which asks for the option' }]
    : [];
}

/** The truth that a policy asks of a switch that is not there, where no schema says what it is: its neighbours are switches, too. */
function switchBeside(object: JsonObject, path: Path, pattern: string): { value: Json; source: string }[] {
  const beside = valueAt(object, path.slice(0, -1));
  const values = isObject(beside) ? Object.values(beside) : [];
  const isOne = pattern === '' && valueAt(object, path) === undefined && !isLabel(path);
  return isOne && values.length > 0 && values.every((value) => typeof value === 'boolean')
    ? [{ value: true, source: 'the policy, which asks for it; what stands beside it is true or false, too' }]
    : [];
}

/** The other values of a field that takes few, and the number after the one that a policy does not accept. */
function besides(object: JsonObject, path: Path, pattern: string): { value: Json; source: string }[] {
  if (isPeers(path))
    return [{ value: [{ podSelector: {} }], source: 'Kubernetes: the pods of its own namespace, and no others' }];
  const parts = [
    ...partsFor(object, path),
    ...oneMoreOption(object, path, pattern),
    ...switchBeside(object, path, pattern),
  ];
  if (parts.length > 0) return parts;
  if (path.at(-3) === 'ports' && path.at(-1) === 'name')
    return wordsIn(pattern).map((value) => ({
      value,
      source: 'the policy; Services and probes that name the port have to follow',
    }));
  if (String(path.at(-1)).startsWith('pod-security.kubernetes.io/') && String(path.at(-1)).endsWith('-version'))
    return [{ value: 'latest', source: 'Kubernetes: the newest controls that a cluster knows' }];
  const most = mostOf(pattern);
  if (most !== undefined && endsWork(path))
    return [{ value: most, source: 'the most that the policy accepts; what takes longer is ended' }];
  const edges = edgesOf(pattern);
  // Amounts are texts in what people write.
  const written = (value: Json): Json => (isAmount(path) && typeof value === 'number' ? String(value) : value);
  if (edges.length > 0)
    return edges
      .filter(({ value }) => !isEdgeOfTime(path, value))
      .map(({ value, ...edge }) => ({ ...edge, value: written(value) }));
  if (most !== undefined) return [{ value: most, source: 'the most that the policy accepts' }];
  const number = refusedNumber(pattern);
  if (number !== undefined && isCount(path, number + 1))
    return [{ value: number + 1, source: `the next after ${number}, which the policy does not accept` }];
  const words = wordsAt(object, path).filter((value) => pattern !== `!${value}`);
  return words.map((value) => ({ value, source: 'a value that Kubernetes knows' }));
}

/** Kinds whose names a field holds. */
const NAMED: Readonly<Record<string, string>> = {
  priorityClassName: 'PriorityClass',
  storageClassName: 'StorageClass',
  ingressClassName: 'IngressClass',
  runtimeClassName: 'RuntimeClass',
  serviceAccountName: 'ServiceAccount',
  secretName: 'Secret',
  claimName: 'PersistentVolumeClaim',
  project: 'AppProject',
};

/** Whether a place tells an item of a list from its neighbours, who have it already. */
const tellsApart = (path: Path, number: number): boolean =>
  number === path.length - 1 ||
  (number === path.length - 2 && (TELLING.test(String(path.at(-1))) || keysOf(path).endsWith('.paths.path')));

/** The items of a list; of containers those of the pod's other lists, too. */
function neighbours(object: JsonObject, path: Path): readonly Json[] | undefined {
  const lists = /^(?:c|initC)ontainers$/.test(String(path.at(-1))) ? ['containers', 'initContainers'] : [];
  const own = valueAt(object, path);
  const others = lists
    .filter((name) => name !== path.at(-1))
    .flatMap((name) => valueAt(object, [...path.slice(0, -1), name]) ?? []);
  return Array.isArray(own) ? [...own, ...others] : undefined;
}

/** Scalars under the same path in other manifests of the kind, objects that the field may name, and the same field of neighbours. */
function seenElsewhere({ object, siblings }: FixContext, path: Path): { value: Json; source: string }[] {
  const found = new Map<Json, string>();
  const see = (value: Json | undefined, source: () => string): void => {
    if (value !== undefined && value !== null && typeof value !== 'object' && !found.has(value))
      found.set(value, source());
  };
  const key = String(path.at(-1));
  for (const sibling of siblings)
    for (const place of [
      ...(sibling.object.kind === object.kind ? [path] : []),
      ...(sibling.object.kind === NAMED[key] ? [['metadata', 'name']] : []),
    ])
      see(valueAt(sibling.object, place), () => sourceOf(sibling, place));
  const number = path.findLastIndex((part) => typeof part === 'number');
  const list = number === -1 ? undefined : neighbours(object, path.slice(0, number));
  // Of two neighbours with one port only one could have it.
  if (Array.isArray(list) && !(path.at(-3) === 'ports' && typeof valueAt(object, path) === 'number'))
    for (const item of list)
      if (!tellsApart(path, number))
        see(valueAt(item, path.slice(number + 1)), () => `its neighbour ${valueAt(item, ['name']) ?? ''}`.trimEnd());
  // Entries of a map (ports by number, settings by name) are neighbours, too, where no schema says that they differ.
  const entries =
    isCustomKind(object) && typeof path.at(-2) === 'string' ? valueAt(object, path.slice(0, -2)) : undefined;
  if (path.length > 2 && isObject(entries) && !isLabel(path) && !isAmount(path))
    for (const [name, entry] of Object.entries(entries))
      if (name !== path.at(-2) && isObject(entry)) see(valueAt(entry, [key]), () => `its neighbour ${name}`);
  return [...found].slice(0, 6).map(([value, source]) => ({ value, source }));
}

/** An address over TLS, where a pattern takes it so. */
function overTLS(now: Json | undefined, pattern: string): { value: Json; source: string }[] {
  const safer = saferURL(now);
  return safer !== undefined && pattern !== '' && !pattern.startsWith('^') && accepts(pattern, safer)
    ? [{ value: safer, source: OVER_TLS_BECAUSE }]
    : [];
}

/** What may be chosen for a place: what the policy and Kubernetes list, and what stands elsewhere; no port's name twice. */
export function valuesFor(context: FixContext, path: Path, pattern: string): { value: Json; source: string }[] {
  const listed = [
    ...pairedFor(context, path),
    ...besides(context.object, path, pattern),
    ...(pattern === '' ? namedFor(context, path) : []),
  ];
  const ending = /^\*\.[a-z0-9.-]+$/.test(pattern) ? pattern.slice(1) : undefined;
  if (!isPortName(context.object, path)) {
    const now = valueAt(context.object, path);
    const known = [...listed, ...overTLS(now, pattern), ...movedHost(now, ending), ...seenElsewhere(context, path)];
    const fitted = known.length > 0 ? undefined : fittedText(now, pattern);
    const source = 'what stands there, as the policy wants it; what it names has to be there';
    return fitted === undefined ? known : [{ value: fitted, source }];
  }
  const ports = valueAt(context.object, path.slice(0, -2));
  const taken = (Array.isArray(ports) ? ports : []).map((port) => valueAt(port, ['name']));
  return listed.filter(({ value }) => !taken.includes(value));
}

import { literally } from '../../src/literal.ts';
import { equalJson, isObject, type Json, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { cidrContains } from '../../src/networks.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { demandedKeys } from './demanded.ts';
import { demandedByCode } from './demanded-by-code.ts';
import { containersOf, podSpecPath } from './fixers/fixer.ts';
import { sameRepository } from './fixers/images.ts';
import { ACTIONS } from './fixers/other-action.ts';
import { successorOf } from './fixers/versions.ts';
import { globs } from './globs.ts';
import { deniesWhatever } from './kyverno/unconditional.ts';

/** Words that mark a label or annotation as a way around a policy rather than a way to obey it. */
const EXEMPTION =
  /skip|exempt|ignor|exclu|bypass|disabl|overrid|waive|whitelist|allowlist|opt-?out|unsafe|privileged|approv|reviewed|acknowledg/i;

/** Whom a controller lets in (ingress-nginx). */
const CALLERS = /\/(?:white|allow)list-source-range$/;

/** Whether a list of networks lets in nobody whom another one did not. */
function isNarrower(now: Json, old: Json | undefined): boolean {
  const networks = (value: Json | undefined): string[] =>
    String(value ?? '')
      .split(',')
      .map((each) => each.trim());
  const within = (inner: string): boolean => networks(old).some((outer) => cidrContains(outer, inner) === true);
  return old !== undefined && networks(now).every(within);
}

/** Annotations that the clouds' load balancers read: on a Service of another type they do nothing. */
const OF_BALANCER = /load-?balancer/i;

const hasBalancer = (object: JsonObject): boolean =>
  object.kind !== 'Service' || valueAt(object, ['spec', 'type']) === 'LoadBalancer';

/** Lists without which an object says nothing, or lets everyone in: rules of a role or an Ingress, ports and callers of a Service. */
const WHOLE = [['rules'], ['spec', 'rules'], ['spec', 'ports'], ['spec', 'loadBalancerSourceRanges']] as const;

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;

/** Where a container says what is done to it, and the actions of which such a place takes one (Kubernetes' API: Probe, LifecycleHandler). */
const HANDLERS = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'preStop'],
  ['lifecycle', 'postStart'],
] as const;

const actionsOf = (container: JsonObject, at: readonly string[]): string[] => {
  const handler = valueAt(container, at);
  return isObject(handler) ? Object.keys(handler).filter((key) => ACTIONS.has(key)) : [];
};

const names = (list: Json | undefined, key = 'name'): string[] =>
  Array.isArray(list)
    ? list.flatMap((item) => (isObject(item) && item[key] !== undefined ? [String(item[key])] : []))
    : [];

/** What each volume holds, apart from how much and how it is read. */
function sourcesOf(list: Json | undefined): Map<string, Json> {
  const volumes = (Array.isArray(list) ? list : []).filter(isObject);
  return new Map(
    volumes.map(({ name, ...sources }) => {
      const [kind, source] = Object.entries(sources)[0] ?? ['', null];
      return [String(name), { [kind]: isObject(source) ? withoutSettings(source) : {} }];
    }),
  );
}

/** How much a volume holds, how and for how long it may be read, and by whom. */
const SETTINGS = new Set(['sizeLimit', 'medium', 'defaultMode', 'mode', 'readOnly', 'optional', 'expirationSeconds']);

/** A volume's source without its settings, and without those of its parts. */
const withoutSettings = (part: Json): Json =>
  Array.isArray(part)
    ? part.map(withoutSettings)
    : isObject(part)
      ? Object.fromEntries(
          Object.entries(part).flatMap(([key, inner]) => (SETTINGS.has(key) ? [] : [[key, withoutSettings(inner)]])),
        )
      : part;

const lost = (before: readonly string[], after: readonly string[]): string[] =>
  before.filter((name) => !after.includes(name));

function* metadataOf(object: JsonObject): Generator<[string, JsonObject]> {
  const pod = podSpecPath(object);
  for (const place of [['metadata'], ...(pod && pod.length > 1 ? [[...pod.slice(0, -1), 'metadata']] : [])]) {
    for (const kind of ['labels', 'annotations']) {
      const value = valueAt(object, [...place, kind]);
      yield [[...place, kind].join('.'), isObject(value) ? value : {}];
    }
  }
}

const wordsOf = new WeakMap<readonly KubeObject[], string>();

/** The parts of policies that decide which objects they look at; gathered once for a list of policies. */
function matchWords(policies: readonly KubeObject[]): string {
  const known = wordsOf.get(policies) ?? gatherMatchWords(policies);
  wordsOf.set(policies, known);
  return known;
}

/** The preconditions of a rule's loops, which may nest, but for those that are all that is said of what is denied. */
function loopsOf(part: KubeObject | undefined): unknown[] {
  const loops: KubeObject[] = Array.isArray(part?.foreach) ? part.foreach : [];
  return loops.flatMap((loop) => [deniesWhatever(loop?.deny) ? [] : loop?.preconditions, ...loopsOf(loop)]);
}

/** Conditions that let an object off for what one of its labels or annotations says, of which the `message` does not speak. */
function lettingOff(conditions: unknown, message: string): unknown[] {
  if (Array.isArray(conditions)) return conditions.flatMap((one) => lettingOff(one, message));
  const { any, all, key, operator } = (conditions ?? {}) as KubeObject;
  const name = /\b(?:labels|annotations)\W+([\w./-]*\w)/.exec(String(key))?.[1];
  const own =
    name !== undefined && !message.includes(name) && /^(?:NotEquals?|(?:Any|All)?NotIn)$/.test(String(operator));
  return [
    ...(own ? [conditions] : []),
    ...[any, all].flatMap((list) => (list == null ? [] : lettingOff(list, message))),
  ];
}

/** The preconditions of a rule of Kyverno's, as long as it says otherwise what it wants; else those that only let an object off. */
const preconditionsOf = (rule: KubeObject): unknown =>
  deniesWhatever(rule?.validate?.deny)
    ? lettingOff(rule?.preconditions, String(rule?.validate?.message ?? ''))
    : rule?.preconditions;

/** Matches and conditions without the selectors that take both values of a label or annotation, or neither: they see it as before. */
function withoutAlike(words: string, key: string, was: Json | undefined, now: Json): string {
  if (typeof was !== 'string' || typeof now !== 'string') return words;
  const selector = new RegExp(`${literally(JSON.stringify(key))}:"((?:[^"\\\\]|\\\\.)*)"`, 'g');
  return words.replaceAll(selector, (whole, pattern: string) =>
    globs(pattern, was) === globs(pattern, now) ? '' : whole,
  );
}

/** Whether a text of matches and conditions speaks of a label or annotation: as a key, or in JMESPath or CEL. */
function speaksOf(words: string, key: string): boolean {
  if (words.includes(JSON.stringify(key))) return true;
  const escaped = literally(key);
  return new RegExp(`(?:labels|annotations)[^A-Za-z0-9]{1,6}${escaped}(?![\\w./-])|'${escaped}'`).test(words);
}

function gatherMatchWords(policies: readonly KubeObject[]): string {
  const parts: unknown[] = [];
  for (const { spec } of policies) {
    if (!spec) continue;
    parts.push(spec.match, spec.matchConstraints, spec.matchConditions, spec.matchResources);
    for (const rule of Array.isArray(spec.rules) ? spec.rules : [])
      parts.push(rule?.match, rule?.exclude, preconditionsOf(rule), rule?.celPreconditions, ...loopsOf(rule?.validate));
  }
  return JSON.stringify(parts);
}

/** Whether a workload's selector takes the pods that its template makes. */
function selectsItsPods(object: JsonObject): boolean {
  const wanted = valueAt(object, ['spec', 'selector', 'matchLabels']);
  const labels = valueAt(object, ['spec', 'template', 'metadata', 'labels']);
  return (
    isObject(wanted) && Object.entries(wanted).every(([key, value]) => equalJson(valueAt(labels, [key]) ?? null, value))
  );
}

/**
 * Why a changed object would no longer be what its owner wrote: its identity, a container, an image's repository, a
 * probe, a mount, a volume or a selector is gone, or a label that could exempt it from a policy is new. Empty when none.
 */
export function objections(before: JsonObject, after: JsonObject, policies: readonly KubeObject[]): string[] {
  const found: string[] = [];
  for (const path of [
    ['apiVersion'],
    ['kind'],
    ['metadata', 'name'],
    ['metadata', 'namespace'],
    ['metadata', 'generateName'],
    ['metadata', 'ownerReferences'],
    ['spec', 'selector'],
    ['spec', 'serviceName'],
    ['spec', 'volumeClaimTemplates'],
  ]) {
    if (path[0] === 'apiVersion' && after.apiVersion === successorOf(before)) continue;
    if (equalJson(valueAt(before, path), valueAt(after, path))) continue;
    const service = before.kind === 'Service' && path[1] === 'selector';
    found.push(service ? 'it changes which pods the Service selects' : `it changes ${path.join('.')}`);
  }
  if (selectsItsPods(before) && !selectsItsPods(after)) found.push('it makes pods that its own selector does not take');
  for (const path of WHOLE) {
    const [was, now] = [valueAt(before, path), valueAt(after, path)];
    // Who is not a balancer any more has no callers from outside.
    if (path.at(-1) === 'loadBalancerSourceRanges' && valueAt(after, ['spec', 'type']) !== 'LoadBalancer') continue;
    if (Array.isArray(was) && was.length > 0 && !(Array.isArray(now) && now.length > 0))
      found.push(`it empties ${path.join('.')}`);
  }
  const isNameless = (object: JsonObject): boolean =>
    object.kind === 'Service' &&
    valueAt(object, ['spec', 'type']) === 'ExternalName' &&
    valueAt(object, ['spec', 'externalName']) === undefined;
  if (isNameless(after) && !isNameless(before)) found.push('it makes the Service a name for a host that nobody says');
  const pod = podSpecPath(before);
  if (pod && !podSpecPath(after)) return [...found, 'it removes the containers'];
  if (pod) {
    for (const list of [
      'volumes',
      'containers',
      'initContainers',
      'ephemeralContainers',
      'imagePullSecrets',
      'tolerations',
    ]) {
      const [was, now] = [valueAt(before, [...pod, list]), valueAt(after, [...pod, list])];
      // An edit keeps what it does not touch as it is, the same value in memory.
      if (was === now) continue;
      const key = list === 'tolerations' ? 'key' : 'name';
      for (const name of lost(names(was, key), names(now, key))) found.push(`it removes ${name} from ${list}`);
      if (list !== 'volumes') continue;
      const later = sourcesOf(now);
      for (const [volume, what] of sourcesOf(was)) {
        const held = later.get(volume);
        if (held !== undefined && !equalJson(held, what)) found.push(`it changes what volume ${volume} holds`);
      }
    }
    if (!equalJson(valueAt(before, [...pod, 'serviceAccountName']), valueAt(after, [...pod, 'serviceAccountName'])))
      found.push('it changes the service account');
    const later = containersOf(after);
    for (const old of containersOf(before)) {
      const container = later.find(({ name, path }) => name === old.name && path.at(-2) === old.path.at(-2));
      if (!container || container.json === old.json) continue;
      for (const probe of PROBES)
        if (old.json[probe] !== undefined && container.json[probe] === undefined)
          found.push(`it removes ${probe} of ${old.name}`);
      for (const at of HANDLERS)
        if (actionsOf(container.json, at).length > Math.max(1, actionsOf(old.json, at).length))
          found.push(`it gives ${at.join('.')} of ${old.name} two actions`);
      for (const mount of lost(
        names(old.json.volumeMounts, 'mountPath'),
        names(container.json.volumeMounts, 'mountPath'),
      ))
        found.push(`it removes mount ${mount} of ${old.name}`);
      for (const port of lost(names(old.json.ports, 'containerPort'), names(container.json.ports, 'containerPort')))
        found.push(`it removes port ${port} of ${old.name}`);
      for (const variable of lost(names(old.json.env), names(container.json.env)))
        found.push(`it removes variable ${variable} of ${old.name}`);
      for (const key of ['command', 'args'] as const)
        if (!equalJson(old.json[key], container.json[key])) found.push(`it changes ${key} of ${old.name}`);
      if (!equalJson(valueAt(old.json, ['command', 0]), valueAt(container.json, ['command', 0])))
        found.push(`it changes which program ${old.name} runs`);
      if (
        typeof old.json.image === 'string' &&
        !(typeof container.json.image === 'string' && sameRepository(old.json.image, container.json.image))
      ) {
        found.push(`it changes the image of ${old.name} to another repository`);
      }
    }
  }
  const words = matchWords(policies);
  const isDemanded = (key: string): boolean =>
    demandedKeys(policies).has(key) || demandedByCode(policies, before).has(key);
  const was = new Map(metadataOf(before));
  for (const [place, now] of metadataOf(after)) {
    const old = was.get(place) ?? {};
    // The class of an Ingress that stands in its field is not lost.
    const moved = (key: string): boolean =>
      key === 'kubernetes.io/ingress.class' && old[key] === valueAt(after, ['spec', 'ingressClassName']);
    for (const key of lost(Object.keys(old), Object.keys(now)).filter((key) => !moved(key)))
      found.push(`it removes ${key} from ${place}`);
    for (const [key, value] of Object.entries(now)) {
      if (equalJson(old[key], value)) continue;
      if (typeof value !== 'string') found.push(`it gives ${key} a value that is no text`);
      const exempts = EXEMPTION.test(key) && !(CALLERS.test(key) && isNarrower(value, old[key]));
      if ((exempts && !isDemanded(key)) || speaksOf(withoutAlike(words, key, old[key], value), key))
        found.push(`it sets ${key}, which decides whether a policy looks at the object`);
      if (OF_BALANCER.test(key) && !hasBalancer(after)) found.push(`it sets ${key}, and there is no load balancer`);
    }
  }
  return found;
}

/**
 * What people may answer although no edit does it unasked: where an object lives and whose rights it has, which pods a
 * Service is for, where its images and data come from and on what they are kept, that a program reads a file instead of a variable, listens elsewhere or does without an argument, that an annotation
 * or a toleration goes, that nobody debugs in a pod.
 */
const ANSWERED =
  /^it (?:changes (?:the service account|metadata\.namespace|which pods the Service selects)$|changes spec\.(?:volumeClaimTemplates|serviceName)$|changes the image of .* to another repository$|changes (?:args|command) of |changes what volume |removes variable |removes \S* from (?:tolerations|ephemeralContainers)$|removes port |removes \S+ from \S*annotations$)/;

/** Objections to a person's answer. */
export function objectionsToAnswer(...changed: Parameters<typeof objections>): string[] {
  return objections(...changed).filter((why) => !ANSWERED.test(why));
}

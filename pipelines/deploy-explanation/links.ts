import { addressedIn, behind, calleesIn, servicesIn, UNANSWERED } from '../../src/evidence/calls.ts';
import { WORKLOADS } from '../../src/evidence/kinds.ts';
import { inOtherNamespace, type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import { findObject, neighbourhood, workloadOf } from '../../src/evidence/relations.ts';
import { asArray, at, text } from '../../src/json.ts';
import { analyzers } from './analyzers/index.ts';
import { calledOnward } from './passed-on.ts';
import { reliesOn } from './relies.ts';
import type { Finding } from './schema.ts';
import { leavesNoImage } from './unbuilt.ts';
import { keepsNodeUnready } from './unnetworked.ts';
import type { View } from './view.ts';

const DEPTHS = new Map(analyzers.map((analyzer) => [analyzer.kind, analyzer.depth]));

export function depthOf(kind: string): number {
  return DEPTHS.get(kind) ?? 100;
}

/** What a program (or a check) says when something that it calls does not answer. */
const CALLS =
  /^(?:cannot-connect|dns-failure|program-crashed|crash-unexplained|init-container-stuck|connectivity-check-failed|dependency-failing|(?:readiness|liveness|startup)-probe-failed)$/;
/** What leaves a Service without an answer although its pods may be well. */
const SILENCES =
  /^(?:service-(?!without-endpoints)|zero-replicas|network-policy|mesh-|cluster-dns|kube-proxy|network-plugin|kubelet|container-runtime|fault-injected|network-degraded|node-not-ready|node-under-pressure)/;
const STRONG = 0.8;
const UNKNOWN_CALLER = 0.6;

/** Names in a summary's backticks and the object's own: a log that cannot reach `redis` points at Service `redis`. */
function mentions(finding: Finding): Set<string> {
  const words = [...finding.summary.matchAll(/`([^`]+)`/g)].map((match) => (match[1] ?? '').split(/[.:]/)[0] ?? '');
  return new Set(words.filter((word) => word.length > 2));
}

/** What a finding says of calls: the words that name callees, and what stands behind the Services among them. */
interface Call {
  readonly words: ReadonlySet<string>;
  readonly callees: readonly ObjectRef[];
  /** Names in its lines that workloads may have. */
  readonly spoken: ReadonlySet<string>;
  /** Whom those that it calls wait for in their turn. */
  readonly onward: ReadonlySet<string>;
  /** The callee is known by a bare address or not at all. */
  readonly anonymous: boolean;
  /** All that tells of it. */
  readonly said: string;
}

/** An address without a name, as summaries quote it. */
const BARE_ADDRESS = /`(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?`|`\[[0-9a-f:]+\]/;
const isNumber = (word: string): boolean => /^\d+$/.test(word);

/** Words of several parts, as workloads are called and words of sentences are not: `feature-store: deadline exceeded`. */
const PARTED = /(?<![\w./-])[a-z0-9]+(?:-[a-z0-9]+)+(?![\w/-])/g;

function callOf(view: View, finding: Finding): Call | undefined {
  if (!CALLS.test(finding.kind)) return undefined;
  const said = [finding.summary, ...finding.citations.map(({ quote }) => quote)].join('\n');
  if (!UNANSWERED.test(said)) return undefined;
  const own = new Set([finding.object, ...finding.involves].map(({ name }) => name));
  const lines = said.split('\n').filter((line) => UNANSWERED.test(line));
  const services = servicesIn(view.scene, lines.join('\n')).filter(
    ({ ref }) => !own.has(ref.name) || finding.kind === 'connectivity-check-failed',
  );
  // Where no Service is listed, an address still names the workload behind it.
  const named = new Set([...addressedIn(lines.join('\n')), ...calleesIn(lines.join('\n'))]);
  const hosts = [...named].filter((word) => /[a-z]/.test(word) && word.length > 2);
  const told = /^(?:cannot-connect|dns-failure|init-container-stuck)$/.test(finding.kind)
    ? mentions(finding)
    : undefined;
  // Who dials an address may name whose it is in the same line (`dial tcp 10.96.7.1:8080 … url=http://stock/`).
  const bare = told === undefined ? hosts.length === 0 : [...told].every(isNumber);
  const words =
    told === undefined || (bare && BARE_ADDRESS.test(finding.summary)) ? new Set([...(told ?? []), ...hosts]) : told;
  return {
    words,
    onward: calledOnward(view, [...words, ...named], finding.object.namespace),
    callees: behind(view.scene, view.pods, services),
    spoken: new Set(lines.flatMap((line) => line.slice(0, 4000).match(PARTED) ?? [])),
    anonymous: services.length === 0 && bare,
    said,
  };
}

/** The ports of well-known servers, and the names that they, their clients' errors and their workloads have. */
const SERVERS: readonly (readonly [RegExp, RegExp])[] = [
  [/:3306\b/, /mysql|maria|percona/i],
  [/:5432\b/, /postgres|pgsql|\bpg\b|timescale/i],
  [/:6379\b/, /redis|valkey|keydb|dragonfly/i],
  [/:27017\b/, /mongo/i],
  [/:5672\b/, /rabbit|amqp/i],
  [/:9092\b/, /kafka|redpanda/i],
  [/:9200\b/, /elastic|opensearch/i],
  [/:11211\b/, /memcache/i],
];

/** The images of a workload: a server may have any name. */
function imagesOf(view: View, ref: ObjectRef): string {
  const containers = asArray(at(findObject(view.scene, ref)?.object, 'spec', 'template', 'spec', 'containers'));
  return containers.flatMap((container) => text(at(container, 'image')) ?? []).join(' ');
}

const LATE = /[Tt]imed? ?out|[Dd]eadline exceeded|does not answer in time/;

/** Whether a program that calls in vain has no processor time itself to read the answers. */
function starves(other: Finding, finding: Finding): boolean {
  return (
    other.kind === 'cpu-throttled' &&
    other.confidence >= STRONG &&
    CALLS.test(finding.kind) &&
    [finding.object, ...finding.involves].some((ref) => sameObject(bare(other.object), bare(ref))) &&
    [finding.summary, ...finding.citations.map(({ quote }) => quote)].some((said) => LATE.test(said))
  );
}

const bare = ({ path: _, ...ref }: ObjectRef): ObjectRef => ref;

/** How clients repeat the error of a call: gRPC in Go; in Python, Java, Node and .NET. */
const RELAYS = [
  /rpc error: code = \w+ desc = ([^"\\\n]{12,})/,
  /\bdetails\s*[=:]\s*["']([^"\n]{12,})/,
  /StatusRuntimeException: [A-Z_]+: ([^"\n]{12,})/,
  /\bDetail="([^"\n]{12,})/,
];

/** What an error that a call was answered with says, as the caller repeats it. */
function relayed(finding: Finding): string[] {
  return finding.citations.flatMap(({ quote }) => {
    const said = RELAYS.flatMap((form) => form.exec(quote)?.[1] ?? [])[0];
    return said === undefined ? [] : [said.trim().slice(0, 40)];
  });
}

const SECRET_KINDS = /^(?:secret-missing|ingress-tls-secret-missing)$/;

/** Whether a custom resource that is unwell (an ExternalSecret, a Certificate …) is what makes the Secret that is missing. */
function makesSecret(view: View, other: Finding, finding: Finding): boolean {
  if (other.kind !== 'custom-resource-unwell' || !SECRET_KINDS.test(finding.kind)) return false;
  const { name } = other.object;
  if (inOtherNamespace(other.object, finding.object)) return false;
  const spec = findObject(view.scene, other.object)?.object.spec;
  const made = [name, ...['target', 'destination'].map((key) => at(spec, key, 'name')), at(spec, 'secretName')];
  const said = finding.object.kind === 'Secret' ? [finding.object.name] : finding.summary.match(/[\w.-]+/g);
  return made.some((one) => typeof one === 'string' && said?.includes(one));
}

/** Kinds that speak of the volume that is not there to be used. */
const OF_VOLUMES = /^(?:mount-failed|volume-claim-pending)$/;

/**
 * Whether a custom resource that is unwell is the very volume that cannot be used: storage that runs in the cluster calls its own after the
 * PersistentVolume (Longhorn, OpenEBS). A volume that is merely in use elsewhere is well.
 */
function isItsVolume(other: Finding, finding: Finding): boolean {
  const { name } = other.object;
  return (
    other.kind === 'custom-resource-unwell' &&
    OF_VOLUMES.test(finding.kind) &&
    finding.aspect !== 'multi-attach' &&
    name.length > 2 &&
    finding.citations.some(({ quote }) => quote.includes(`volume ${name}`) || quote.includes(`volume "${name}"`))
  );
}

/**
 * Whether a DaemonSet that fails is the one that offers nodes the device of which too little is free: it is called a device plugin, or
 * after the device (`nvidia.com/gpu`).
 */
function offersDevice(other: Finding, finding: Finding): boolean {
  if (finding.kind !== 'insufficient-resources' || other.object.kind !== 'DaemonSet' || other.severity !== 'failed')
    return false;
  const device = /too little ([\w.-]+)\/([\w.-]+) is free/.exec(finding.summary);
  if (device === null) return false;
  const words = [device[1]?.split('.').at(-2) ?? '', ...(device[2] ?? '').split(/[.-]/)].filter(
    (word) => word.length > 2,
  );
  const { name, namespace = '' } = other.object;
  return /device-plugin/.test(name) || words.some((word) => `${namespace}-${name}`.split('-').includes(word));
}

/** Whose log it may be: a program of which nothing else is known, or a workload. */
const LOGGED_BY = new RegExp(`^(?:Log|Pod|${WORKLOADS.join('|')})$`);
/** A sentence of a status that is long enough to be nobody else's. */
const SENTENCE = 24;

/** All the sentences of a status. */
function sentencesOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= SENTENCE && value.includes(' ') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(sentencesOf) : [];
}

/**
 * Whether a log speaks of a custom resource that is unwell in the words of its status, and names it: it is the log of its controller,
 * which tells no cause of its own.
 */
function isControllerOf(view: View, other: Finding, finding: Finding): boolean {
  if (other.kind !== 'custom-resource-unwell' || !LOGGED_BY.test(finding.object.kind)) return false;
  const { name, namespace } = other.object;
  const whole = namespace === undefined ? `"${name}"` : `${namespace}/${name}`;
  const lines = finding.citations.map(({ quote }) => quote).filter((quote) => quote.includes(whole));
  if (lines.length === 0) return false;
  const plain = (said: string) => said.replaceAll('\\', '').trim();
  const said = sentencesOf(findObject(view.scene, other.object)?.object.status).map(plain);
  return lines.some((line) => said.some((sentence) => plain(line).includes(sentence)));
}

/** Whether a database's own list of its sessions tells who keeps from a client the lock that it did not get. */
function holdsItsLock(other: Finding, finding: Finding): boolean {
  return (
    other.kind === 'database-locked' &&
    finding.kind === 'database-locked' &&
    other.involves.some((ref) => sameObject(ref, finding.object)) &&
    !sameObject(other.object, finding.object)
  );
}

/** Kinds that know the words of Helm itself, whoever runs it; that it waited in vain a provider of Terraform says as well. */
const OF_HELM = /^helm-(?!upgrade-timed-out)/;

/** Whether a kind of its own knows the very sentence for which a custom resource is called unwell, or that a provider of Terraform passes on. */
function knowsWhy(other: Finding, finding: Finding): boolean {
  return (
    (finding.kind === 'custom-resource-unwell'
      ? other.stage === 'sync' && sameObject(other.object, finding.object)
      : finding.stage === 'infrastructure' && OF_HELM.test(other.kind)) &&
    other.citations.some(({ quote }) => finding.citations.some((one) => one.quote === quote))
  );
}

/** What Services are called beside the workload that they stand before. */
const ROLES = ['-svc', '-service'];

const isWorkload = ({ kind }: ObjectRef) => WORKLOADS.includes(kind);
const stemOf = (name: string) => name.replace(/-[a-z0-9]+$/, '');

/**
 * Whether a host that is called and a workload are parts of one thing by their names, as operators give them (`logs-es-http` of
 * `logs-es-hot`, `orders-bootstrap` of `orders`), and the caller is none of its parts.
 */
function isPartOf(host: string, workload: string, callers: readonly string[]): boolean {
  const stem = stemOf(host);
  if (stem === host || stem.length < 3 || callers.some((name) => name === stem || stemOf(name) === stem)) return false;
  return workload === stem || stemOf(workload) === stem;
}

const keyOf = (ref: ObjectRef) => `${ref.kind}/${ref.name}`;

/** Objects by kind and name, each with the namespaces in which it is; '' where that is not known, or there is none. */
type Places = ReadonlyMap<string, ReadonlySet<string>>;

function placesOf(refs: readonly ObjectRef[]): Places {
  const places = new Map<string, Set<string>>();
  for (const ref of refs) {
    const spaces = places.get(keyOf(ref)) ?? new Set();
    places.set(keyOf(ref), spaces.add(ref.namespace ?? ''));
  }
  return places;
}

/** Whether the same object is in both: namesakes of two namespaces are two. */
function meets(a: Places | undefined, b: Places | undefined): boolean {
  return [...(a ?? [])].some(([key, spaces]) => {
    const others = b?.get(key);
    if (others === undefined) return false;
    return spaces.has('') || others.has('') || [...spaces].some((space) => others.has(space));
  });
}

/**
 * Marks findings that others explain. A call that gets no answer is explained by whatever keeps the callee from answering
 * (named by its Service's name or address; a callee without a name by what silences Services). Of other findings whose
 * objects touch, the one of smaller depth is the cause.
 */
export function linkSymptoms(view: View, findings: readonly Finding[]): Finding[] {
  const refs = findings.map((finding) => [finding.object, ...finding.involves]);
  const own = refs.map((list) => placesOf(list.flatMap((ref) => [ref, workloadOf(view.scene, ref)])));
  // Two workloads that share an Ingress or an Application do not touch by that alone.
  const around = refs.map((list) => neighbourhood(view.scene, view.pods, list));
  const near = around.map((list, index) =>
    placesOf(
      list.filter((ref) => own[index]?.has(keyOf(ref)) || !/^(?:Ingress|HTTPRoute|Application)$/.test(ref.kind)),
    ),
  );
  const wide = around.map(placesOf);
  const touches = (a: number, b: number) => meets(near[a], near[b]) || meets(own[a], wide[b]) || meets(own[b], wide[a]);
  const calls = findings.map((finding) => callOf(view, finding));
  const explainsCall = (cause: number, index: number): boolean => {
    const call = calls[index];
    const other = findings[cause];
    const finding = findings[index];
    if (call === undefined || other === undefined || finding === undefined || cause === index) return false;
    if (other.kind === 'connectivity-check-failed') return false;
    const dns = finding.kind === 'dns-failure' || /\blookup |resolve/.test(finding.summary);
    if (
      dns &&
      (/^cluster-dns-/.test(other.kind) ||
        /^(?:Deployment|Pod)\/(?:coredns|kube-dns)/.test([...(own[cause]?.keys() ?? [])].join(' ')))
    )
      return true;
    const names = (refs[cause] ?? []).map((ref) => ref.name);
    const mine = (refs[index] ?? []).map((ref) => ref.name);
    if ([...call.words].some((word) => names.includes(word) && !mine.includes(word))) return true;
    const beside = !inOtherNamespace(finding.object, other.object) && other.confidence >= 0.45;
    if (beside && names.some((name) => call.spoken.has(name) && !mine.includes(name))) return true;
    const waited = names.some(
      (name) => !mine.includes(name) && ['', ...ROLES].some((role) => call.onward.has(name + role)),
    );
    if (beside && waited) return true;
    if (other.severity === 'failed' && !CALLS.test(other.kind) && finding.object.namespace === other.object.namespace) {
      const workloads = (refs[cause] ?? []).map((ref) => workloadOf(view.scene, ref)).filter(isWorkload);
      const callers = (refs[index] ?? []).map((ref) => workloadOf(view.scene, ref).name);
      if ([...call.words].some((word) => workloads.some(({ name }) => isPartOf(word, name, callers)))) return true;
    }
    // An operator calls the Services of a resource after it: `orders-db-rw` of the Cluster `orders-db`.
    if (other.kind === 'custom-resource-unwell' && !inOtherNamespace(finding.object, other.object)) {
      const callers = mine.concat((refs[index] ?? []).map((ref) => workloadOf(view.scene, ref).name));
      if (
        [...call.words].some((word) => stemOf(word) === other.object.name && isPartOf(word, other.object.name, callers))
      )
        return true;
    }
    const callees = placesOf(call.callees);
    const self = finding.kind !== 'connectivity-check-failed' && meets(own[cause], own[index]);
    if (!self && meets(callees, own[cause])) return true;
    const server = `${other.object.name} ${imagesOf(view, other.object)}`;
    const meant = SERVERS.some(
      ([port, name]) => name.test(server) && (port.test(finding.summary) || name.test(call.said)),
    );
    const down = other.severity === 'failed' || SILENCES.test(other.kind);
    // What fails because of a call of its own is no end of the search.
    if (call.anonymous && !self && meant && down && calls[cause] === undefined) return true;
    const namespace = finding.object.namespace;
    const here =
      namespace === undefined || refs[cause]?.some((ref) => ref.namespace === undefined || ref.namespace === namespace);
    // Of a program of which nothing is known but its log, nothing speaks for another cause.
    const enough = finding.object.kind === 'Log' ? UNKNOWN_CALLER : STRONG;
    return call.anonymous && !self && here === true && SILENCES.test(other.kind) && other.confidence >= enough;
  };
  return findings.map((finding, index) => {
    const causes = findings.filter((other, place) => {
      if (place === index || other.severity === 'info' || finding.severity === 'info') return false;
      if (
        leavesNoImage(other, finding) ||
        offersDevice(other, finding) ||
        starves(other, finding) ||
        isItsVolume(other, finding) ||
        keepsNodeUnready(view, other, finding) ||
        knowsWhy(other, finding) ||
        holdsItsLock(other, finding) ||
        isControllerOf(view, other, finding)
      )
        return true;
      if (
        offersDevice(finding, other) ||
        starves(finding, other) ||
        isItsVolume(finding, other) ||
        keepsNodeUnready(view, finding, other) ||
        knowsWhy(finding, other) ||
        holdsItsLock(finding, other) ||
        isControllerOf(view, finding, other)
      )
        return false;
      // What keeps the network of nodes down keeps their pods from a sandbox, wherever they are.
      if (finding.kind === 'sandbox-failed' && /^network-plugin-/.test(other.kind)) return true;
      if (makesSecret(view, other, finding) || explainsCall(place, index) || reliesOn(view, finding, other))
        return true;
      if (makesSecret(view, finding, other)) return false;
      // An error that the callee logs itself is the callee's.
      if (
        !meets(own[place], own[index]) &&
        relayed(finding).some((said) => other.citations.some(({ quote }) => quote.includes(said))) &&
        relayed(other).length === 0
      )
        return true;
      // Who cannot reach a thing does not explain why the thing is down.
      if (explainsCall(index, place)) return false;
      return depthOf(other.kind) < depthOf(finding.kind) && touches(index, place) && other.confidence >= 0.45;
    });
    return { ...finding, symptomOf: causes.map((cause) => cause.id) };
  });
}

/** A cause and all that fails because of it, at however many removes. */
export function broughtDown(root: Finding, findings: readonly Finding[]): Finding[] {
  const found = new Map([[root.id, root]]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const finding of findings) if (finding.symptomOf.some((id) => found.has(id))) found.set(finding.id, finding);
  }
  return [...found.values()];
}

/** From the root to its last symptom, one finding a step: what a reader follows. */
export function chainOf(root: Finding, findings: readonly Finding[]): Finding[] {
  const symptoms = findings
    .filter((finding) => finding.symptomOf.includes(root.id))
    .sort((a, b) => depthOf(a.kind) - depthOf(b.kind) || b.confidence - a.confidence);
  return [root, ...symptoms].slice(0, 12);
}

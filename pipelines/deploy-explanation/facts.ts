import { citeLines } from '../../src/evidence/cite.ts';
import { type Citation, type EvidenceItem, type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import { parseTable } from '../../src/evidence/parse/table.ts';
import { isReady, quantity } from '../../src/evidence/placement.ts';
import type { PodView } from '../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { asArray, asObject, at, text } from '../../src/json.ts';
import { askedFor, type Seen } from './asked-workloads.ts';
import { releaseFact } from './facts-in-history.ts';
import { lastSaidOf } from './facts-in-logs.ts';
import { lastChangeOf, settingOf, usersOf } from './facts-in-objects.ts';
import { whatChanged, whoChanged } from './facts-of-changes.ts';
import { errorsOf } from './facts-of-errors.ts';
import { holdersOf } from './facts-of-holders.ts';
import { ownerOf } from './facts-of-owners.ts';
import { elsewhereOf } from './facts-of-places.ts';
import { versionAskedFor } from './facts-of-versions.ts';
import { usedOfVolume } from './facts-of-volumes.ts';
import type { ExplainRequest } from './schema.ts';
import { namespacesOf } from './target.ts';
import { citeAny, named, type View } from './view.ts';

/** What a question asks for that code can count or compare; it says nothing of whether anything has failed. */
export interface Fact {
  readonly summary: string;
  readonly citations: readonly Citation[];
  /** The workload that it is told of. */
  readonly of?: ObjectRef;
  /** It is told of no workload: that nothing else was looked at leaves nothing open. */
  readonly alone?: boolean;
}

const MAX_CITED = 6;
const MAX_NAMED = 6;
const COUNTED =
  /\bhow many\s+(?:\w+\s+)?(pods?|replicas?|instances?|nodes?|restarts?)\b|\bhow (?:often|many times)\b[^?]*?\b(restart)(?:s|ed|ing)?\b/i;
const MOST = /\b(?:full(?:est)?|most|highest|busiest|biggest|largest|heaviest|top|hottest)\b/i;
const LEAST = /\b(?:emptiest|least|lowest|smallest|idlest)\b/i;
const COMPARED = /\b(?:which|what)\s+(node|pod)\b/i;
const IMAGE = /\b(?:which|what)\s+(?:image|version|tag)\b/i;
const CLUSTER_VERSION =
  /\b(?:kubernetes|k8s|kubelets?|nodes?|cluster)\b[^?]*\bversions?\b|\bversions?\b[^?]*\b(?:kubernetes|k8s|kubelets?|nodes?|cluster)\b/i;
const STATE = /\b(?:in|out of) sync\b|\bsynced\b|\bsync status\b|\bhealthy\b/i;
const QUOTA = /\bhow (?:much|full)\b.*\bquota\b|\bquota\b.*\b(?:used|left)\b/i;
const WHERE = /\b(?:on\s+(?:which|what)\s+nodes?|(?:which|what)\s+nodes?\b[^?]*\brun(?:s|ning)?\s+on)\b/i;

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function citing(pods: readonly PodView[]): Citation[] {
  return pods.slice(0, MAX_CITED).flatMap(({ source }) => citeAny(source) ?? []);
}

function podsOf(view: View, ref: ObjectRef): PodView[] {
  return view.pods.filter((pod) => !pod.completed && sameObject(workloadOf(view.scene, pod.ref), ref));
}

function readyOf(count: number, ready: number): string {
  return ready === count ? (count === 1 ? 'it is ready' : 'all of them ready') : `${ready} of them ready`;
}

/** States of pods that a question may count, as rows show them. */
const STATES: readonly (readonly [asked: RegExp, shown: RegExp, word: string])[] = [
  [/\bpending\b/i, /^Pending$/, 'Pending'],
  [/\bevicted\b/i, /^Evicted$/, 'Evicted'],
  [/\bterminating\b/i, /^Terminating$/, 'Terminating'],
  [/\b(?:crash\w*|fail\w*|error\w*)\b/i, /CrashLoopBackOff|Error|OOMKilled|Failed/, 'failing'],
];

/** How many pods of a namespace (or of all that are seen) are in a state that the question names. */
function countOfState(question: string, within: readonly PodView[]): Fact | undefined {
  const [, shown, word] = STATES.find(([asked]) => asked.test(question)) ?? [];
  if (shown === undefined || within.length === 0) return undefined;
  const own = within.filter((pod) => shown.test(pod.rowStatus ?? pod.phase));
  const names = own.slice(0, MAX_NAMED).map(({ ref }) => ref.name);
  return {
    summary: `${own.length} of ${counted(within.length, 'pod')} ${own.length === 1 ? 'is' : 'are'} ${word}${names.length === 0 ? '' : ` (${names.join(', ')}${own.length > MAX_NAMED ? ' …' : ''})`}.`,
    citations: citing(own),
  };
}

/** A label as questions and selectors write it: `tier=edge`, `tier: edge`. */
const LABEL = /\blabel(?:s|led|ed)?\b[^?]*?([\w./-]*[\w])\s*(?:==?|:)\s*["'`]?([\w.-]+)|([\w./-]*[\w])==?([\w.-]+)/i;

/** How many of these pods have a label that the question names; undefined where no label of any is seen. */
function countOfLabelled(question: string, within: readonly PodView[]): Fact | undefined {
  const [, ...parts] = LABEL.exec(question) ?? [];
  const [key, value] = parts.filter((part) => part !== undefined);
  const labelsOf = (pod: PodView) => asObject(at(pod.source.object, 'metadata', 'labels'));
  if (key === undefined || !within.some((pod) => Object.keys(labelsOf(pod)).length > 0)) return undefined;
  const own = within.filter((pod) => labelsOf(pod)[key] === value);
  const ready = own.filter((pod) => pod.ready).length;
  return {
    summary: `${own.length} of ${counted(within.length, 'pod')} ${own.length === 1 ? 'has' : 'have'} the label ${key}=${value}${own.length === 0 ? '' : `, ${readyOf(own.length, ready)}`}.`,
    citations: citing(own),
  };
}

function countOf(view: View, question: string, asked: readonly Seen[]): Fact | undefined {
  const [, counts, often = ''] = COUNTED.exec(question) ?? [];
  const noun = counts ?? often;
  if (/^node/i.test(noun)) {
    const nodes = view.scene.objects.filter(({ ref }) => ref.kind === 'Node');
    if (nodes.length === 0 || !view.scene.listed.has('Node', undefined)) return undefined;
    const ready = nodes.filter(({ object }) => isReady(object)).length;
    return {
      summary: `There are ${counted(nodes.length, 'node')}, ${readyOf(nodes.length, ready)}.`,
      citations: nodes.slice(0, MAX_CITED).flatMap((node) => citeAny(node) ?? []),
    };
  }
  const spaces = namespacesOf({ question }).filter(({ namespace }) => view.scene.listed.has('Pod', namespace));
  const [one, ...others] = asked;
  const listed = view.pods.filter(({ ref }) => spaces.some(({ namespace }) => ref.namespace === namespace));
  const labelled = /^pod/i.test(noun) ? countOfLabelled(question, spaces.length > 0 ? listed : view.pods) : undefined;
  if (labelled !== undefined) return labelled;
  const state = /^pod/i.test(noun)
    ? countOfState(question, one === undefined ? listed : podsOf(view, one.ref))
    : undefined;
  if (state !== undefined) return state;
  if (one !== undefined && others.length === 0) {
    const own = podsOf(view, one.ref);
    if (/^restart/i.test(noun)) {
      const restarts = own
        .flatMap(({ containers }) => containers)
        .reduce((sum, container) => sum + container.restarts, 0);
      return own.length === 0
        ? undefined
        : {
            summary: `${named(one.ref)}: ${counted(restarts, 'restart')} in ${counted(own.length, 'pod')}.`,
            citations: citing(own),
            of: one.ref,
          };
    }
    // Its own row counts all; of pods perhaps not all were shown.
    const { ready, total } = one.replicas;
    return {
      summary: `${named(one.ref)} has ${counted(total, /^(?:replica|instance)/i.test(noun) ? 'replica' : 'pod')}, ${readyOf(total, ready)}.`,
      citations: [citeAny(one.source) ?? [], citing(own)].flat().slice(0, MAX_CITED),
      of: one.ref,
    };
  }
  const space = spaces[0]?.namespace;
  const there = view.pods.filter(({ ref, completed }) => ref.namespace === space && !completed);
  if (asked.length > 0 || space === undefined || there.length === 0 || /^restart/i.test(noun)) return undefined;
  const ready = there.filter((pod) => pod.ready).length;
  return {
    summary: `In namespace ${space} there are ${counted(there.length, 'pod')}, ${readyOf(there.length, ready)}.`,
    citations: citing(there),
  };
}

interface Used {
  readonly name: string;
  readonly cpu: number;
  readonly memory: number;
  readonly cells: Readonly<Record<string, string>>;
  readonly item: EvidenceItem;
  readonly index: number;
}

/** Rows of `kubectl top nodes` (shares of what a node has) or `kubectl top pods` (amounts). */
function usedBy(view: View, kind: string): Used[] {
  return view.scene.items.flatMap((item) => {
    const lines = item.text.split('\n');
    const [head = ''] = lines;
    const ofNodes = /^NAME\s+CPU\(cores\)\s+CPU(?:\(%\)|%)/.test(head);
    const ofPods = /^(?:NAMESPACE\s+)?NAME\s+CPU\(cores\)\s+MEMORY\(bytes\)\s*$/.test(head);
    if (kind === 'node' ? !ofNodes : !ofPods) return [];
    return parseTable(lines).flatMap(({ cells, index }): Used[] => {
      const share = (name: string) => quantity((cells[`${name}(%)`] ?? cells[`${name}%`])?.replace('%', ''));
      const cpu = ofNodes ? share('CPU') : quantity(cells['CPU(cores)']);
      const memory = ofNodes ? share('MEMORY') : quantity(cells['MEMORY(bytes)']);
      const { NAME: name = '', NAMESPACE: space } = cells;
      return cpu === undefined || memory === undefined
        ? []
        : [{ name: space === undefined ? name : `${space}/${name}`, cpu, memory, cells, item, index }];
    });
  });
}

/** Which node or pod uses the most, or the least, of what the question asks for; of nodes, where it does not say, of what is scarcest. */
function extreme(view: View, question: string): Fact | undefined {
  const [, kind = ''] = COMPARED.exec(question) ?? [];
  const least = LEAST.test(question);
  if (!least && !MOST.test(question)) return undefined;
  const spaces = namespacesOf({ question });
  const all = usedBy(view, kind.toLowerCase());
  const within = all.filter(({ name }) => spaces.some(({ namespace }) => name.startsWith(`${namespace}/`)));
  const rows = within.length > 0 ? within : all;
  const of = /\bcpu|processor\b/i.test(question) ? 'cpu' : /\bmem(?:ory)?|ram\b/i.test(question) ? 'memory' : undefined;
  // Shares can be set beside each other; amounts of CPU and memory cannot.
  if (rows.length < 2 || (of === undefined && !/^node$/i.test(kind))) return undefined;
  const measure = (row: Used) => (of === undefined ? Math.max(row.cpu, row.memory) : row[of]);
  const [first, second] = rows.toSorted((a, b) => (least ? measure(a) - measure(b) : measure(b) - measure(a)));
  if (first === undefined || second === undefined) return undefined;
  const told = ({ cells }: Used) =>
    [
      `${cells['CPU(%)'] ?? cells['CPU%'] ?? cells['CPU(cores)']} CPU`,
      `${cells['MEMORY(%)'] ?? cells['MEMORY%'] ?? cells['MEMORY(bytes)']} memory`,
    ].join(', ');
  const what = of === undefined ? '' : of === 'cpu' ? ' CPU' : ' memory';
  return {
    summary: `Of ${counted(rows.length, kind.toLowerCase())} ${first.name} uses the ${least ? 'least' : 'most'}${what} (${told(first)}), then ${second.name} (${told(second)}).`,
    citations: [first, second].flatMap(({ item, index }) => citeLines(item, index) ?? []),
  };
}

/** Images of a workload's row in a wide table. */
function imagesInRow({ source }: Seen): string[] {
  return source.sightings.flatMap(({ item, index }) => {
    const lines = item.text.split('\n');
    if (index === undefined || !/\bIMAGES\b/.test(lines[0] ?? '')) return [];
    const row = parseTable(lines).find((one) => one.index === index);
    return row?.cells.IMAGES?.split(',') ?? [];
  });
}

function imagesOf(view: View, seen: Seen): Fact | undefined {
  const { ref, source } = seen;
  const own = podsOf(view, ref);
  const template = asArray(at(findObject(view.scene, ref)?.object, 'spec', 'template', 'spec', 'containers'));
  const running = own.flatMap(({ containers }) => containers.filter(({ init }) => !init).map(({ image }) => image));
  const images = new Set(
    [...running, ...imagesInRow(seen), ...template.flatMap((one) => text(at(one, 'image')) ?? [])].filter(
      (one) => one !== '',
    ),
  );
  return images.size === 0
    ? undefined
    : {
        summary: `${named(ref)} has ${images.size === 1 ? 'the image' : 'the images'} ${[...images]
          .slice(0, MAX_NAMED)
          .map((one) => `\`${one}\``)
          .join(', ')}.`,
        citations: own.length > 0 ? citing(own) : [citeAny(source) ?? []].flat(),
        of: ref,
      };
}

function nodesOf(view: View, { ref }: Seen): Fact | undefined {
  const own = podsOf(view, ref);
  const placed = own.flatMap((pod) => {
    const node = text(at(pod.source.object, 'spec', 'nodeName'));
    return node === undefined || node === '' ? [] : [{ pod, node }];
  });
  return placed.length === 0
    ? undefined
    : {
        summary: `${named(ref)} runs on ${placed
          .slice(0, MAX_NAMED)
          .map(({ pod, node }) => `${node} (${pod.ref.name})`)
          .join(', ')}${placed.length > MAX_NAMED ? ` and ${placed.length - MAX_NAMED} more` : ''}.`,
        citations: citing(placed.map(({ pod }) => pod)),
        of: ref,
      };
}

/** How much of a quota is used, of that of the namespace or name that the question has. */
function quotaOf(view: View, question: string): Fact | undefined {
  const quotas = view.scene.objects.filter(
    ({ ref }) =>
      ref.kind === 'ResourceQuota' &&
      [ref.name, ref.namespace].some((name) => name !== undefined && question.split(/[^\w.-]+/).includes(name)),
  );
  const [quota, ...others] = quotas;
  const used = Object.entries(asObject(at(quota?.object, 'status', 'used')));
  if (quota === undefined || others.length > 0 || used.length === 0) return undefined;
  const hard = asObject(at(quota.object, 'status', 'hard'));
  return {
    summary: `${named(quota.ref)}: ${used.map(([key, value]) => `${key} ${String(value)} of ${String(hard[key] ?? '?')}`).join(', ')}.`,
    citations: [citeAny(quota) ?? []].flat(),
  };
}

/** The version of a node's kubelet, as its object or a row of it tells. */
function versionOf({ object, sightings }: SceneObject): string | undefined {
  const stated = text(at(object, 'status', 'nodeInfo', 'kubeletVersion'));
  if (stated !== undefined) return stated;
  return sightings
    .flatMap(({ item, index }) => parseTable(item.text.split('\n')).filter((row) => row.index === index))
    .flatMap(({ cells }) => cells.VERSION ?? [])
    .find((cell) => /^v\d/.test(cell));
}

/** The versions of Kubernetes that the nodes run. */
function versionsOfNodes(view: View): Fact | undefined {
  const nodes = view.scene.objects.filter(({ ref }) => ref.kind === 'Node');
  const versions = [...Map.groupBy(nodes, versionOf)].flatMap(([version, own]) =>
    version === undefined ? [] : [{ version, own }],
  );
  return versions.length === 0
    ? undefined
    : {
        summary: `The nodes run Kubernetes ${versions
          .map(({ version, own }) => `${version}${versions.length === 1 ? '' : ` (${counted(own.length, 'node')})`}`)
          .join(', ')}.`,
        citations: versions.flatMap(({ own }) => (own[0] === undefined ? [] : (citeAny(own[0]) ?? []))),
      };
}

/** How Argo CD calls the Applications that a question names: in sync or not, and their health. */
function statesOf(question: string, view: View): Fact | undefined {
  const words = question.split(/[^\w.-]+/);
  const told = view.scene.objects.flatMap((application) => {
    const { ref, object } = application;
    const sync = text(at(object, 'status', 'sync', 'status'));
    const health = text(at(object, 'status', 'health', 'status'));
    return ref.kind === 'Application' && words.includes(ref.name) && sync !== undefined && health !== undefined
      ? [{ application, summary: `${named(ref)} is ${sync} and ${health}.` }]
      : [];
  });
  return told.length === 0
    ? undefined
    : {
        summary: told.map(({ summary }) => summary).join(' '),
        citations: told.flatMap(({ application }) => citeAny(application) ?? []),
      };
}

function together(facts: readonly (Fact | undefined)[]): Fact | undefined {
  const [first, ...more] = facts.flatMap((fact) => fact ?? []);
  if (first === undefined) return undefined;
  return {
    ...first,
    summary: [first, ...more].map(({ summary }) => summary).join(' '),
    citations: [first, ...more].flatMap(({ citations }) => citations),
  };
}

/** The fact that a question asks for: a count, the largest of something, an image, a place, who uses an object or has an identifier, the value of a setting, when something changed last, what is used of a quota, what a log says last of something. Undefined where it asks for none that is seen. */
export function factOf({ question = '' }: Pick<ExplainRequest, 'question'>, view: View): Fact | undefined {
  const elsewhere = elsewhereOf(question, view);
  if (elsewhere !== undefined) return elsewhere;
  const expected = versionAskedFor(question, view) ?? usedOfVolume(question, view);
  if (expected !== undefined) return expected;
  // Who asks why wants a cause.
  if (/\bwhy\b|\bwrong\b|\bbroken\b/i.test(question)) return undefined;
  const version = CLUSTER_VERSION.test(question) ? versionsOfNodes(view) : undefined;
  if (COUNTED.test(question)) return together([countOf(view, question, askedFor(question, view)), version]);
  if (version !== undefined) return version;
  const object =
    whoChanged(question, view) ??
    whatChanged(question, view) ??
    ownerOf(question, view) ??
    usersOf(question, view) ??
    holdersOf(question, view) ??
    settingOf(question, view) ??
    lastChangeOf(question, view);
  if (object !== undefined) return object;
  const [one, ...others] = askedFor(question, view);
  if (one !== undefined && others.length === 0) {
    if (IMAGE.test(question)) return imagesOf(view, one);
    if (WHERE.test(question)) return nodesOf(view, one);
  }
  if (QUOTA.test(question)) return quotaOf(view, question);
  const states = STATE.test(question) ? statesOf(question, view) : undefined;
  if (states !== undefined) return states;
  const release = releaseFact(question, view);
  if (release !== undefined) return release;
  return COMPARED.test(question) ? extreme(view, question) : (lastSaidOf(question, view) ?? errorsOf(question, view));
}

import { behind, servicesIn } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { describe, endedLogs, logs, slashed } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace } from '../../../../src/evidence/commands/names.ts';
import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import { decisiveLine } from '../../../../src/evidence/logs/decisive.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, type Json, number, text } from '../../../../src/json.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { podsOn } from '../running/node-not-ready.ts';
import { podOf, podOfLog } from '../startup/log-errors.ts';
import { stoppedUnits } from './units.ts';

/** A part of the cluster itself whose absence shows elsewhere. */
interface Component {
  readonly kind: string;
  readonly title: string;
  readonly pod: RegExp;
  readonly effect: string;
  /** Runs as a static pod beside the API server. */
  readonly fixed?: boolean;
  /** The unit of the node's own system that runs it where no pod does. */
  readonly unit?: string;
  /** Each node has one of its own, which serves the pods there. */
  readonly local?: boolean;
  /** What shows that no pod of the part is there, of one that not every cluster runs as pods of this name. */
  readonly gone?: (view: View, pattern: RegExp) => Draft['citations'] | undefined;
  /** What shows that the part is missing although nothing shows the part itself. */
  readonly inferred?: (view: View) => { involves: ObjectRef[]; citations: Draft['citations'] } | undefined;
}

function parts(view: View, pattern: RegExp): PodView[] {
  return view.pods.filter(
    ({ ref }) => pattern.test(ref.name) && (ref.namespace === undefined || /^kube-|system$/.test(ref.namespace)),
  );
}

/** A DaemonSet that no node has a ready pod of, longer than one takes to start (seconds), as far as its age is told. */
function isOnNoNode({ status, age }: Json): boolean {
  const [wanted, ready] = [number(at(status, 'desiredNumberScheduled')) ?? 0, number(at(status, 'numberReady'))];
  return wanted > 0 && ready === 0 && (number(age) ?? STARTED) >= STARTED;
}

const STARTED = 600;

/** Workloads of the part that are wanted and not there: scaled to zero, or with no ready pod. */
function emptied(view: View, pattern: RegExp) {
  return view.scene.objects.filter(
    ({ ref, object }) =>
      /^(Deployment|DaemonSet)$/.test(ref.kind) &&
      pattern.test(`${ref.name}-`) &&
      (number(at(object, 'spec', 'replicas')) === 0 ||
        (number(at(object, 'status', 'readyReplicas')) ?? number(at(object, 'status', 'availableReplicas'))) === 0 ||
        isOnNoNode(object)),
  );
}

/** Pods that wait for a node and of which no scheduler has ever said a word. */
function ignored(view: View): { involves: ObjectRef[]; citations: Draft['citations'] } | undefined {
  const silent = view.pods.filter(
    (pod) =>
      pod.phase === 'Pending' &&
      pod.source.sightings.some(({ partial }) => !partial) &&
      text(at(pod.source.object, 'spec', 'nodeName')) === undefined &&
      text(at(pod.source.object, 'spec', 'schedulerName')) === undefined &&
      about(view, pod.ref).every(
        (message) => message.origin !== 'event' && !/nodes are available/.test(message.text),
      ) &&
      pod.source.sightings.some(({ item }) => /Events:\s+<none>|"events": \[\]/.test(item.text)),
  );
  if (silent.length === 0) return undefined;
  return {
    involves: silent.map((pod) => pod.ref),
    citations: silent.slice(0, 3).map((pod) => cite(pod.source, /^Node:\s+<none>|Pending/) ?? citeAny(pod.source)),
  };
}

/**
 * A static pod that a full list of kube-system does not have, although it has the API server's: somebody moved its
 * manifest away.
 */
function absent(view: View, pattern: RegExp): Draft['citations'] | undefined {
  const server = view.pods.find(({ ref }) => /^kube-apiserver\b/.test(ref.name));
  const list = server?.source.sightings.find(
    ({ partial, item }) =>
      partial && /get po/.test(item.command ?? '') && !/\||-l |kube-apiserver/.test(item.command ?? ''),
  );
  if (server === undefined || list === undefined || parts(view, pattern).length > 0) return undefined;
  // Where the control plane does not run as static pods, neither stands in the list.
  return view.pods.some(({ ref }) => /^kube-(?:scheduler|controller-manager)\b/.test(ref.name))
    ? [cite(server.source, 'kube-apiserver')]
    : undefined;
}

/** Workloads that want pods and have none: what a controller manager would have made. */
function podless(view: View): ObjectRef[] {
  return view.scene.objects
    .filter(
      ({ ref, object }) =>
        /^(Deployment|StatefulSet|ReplicaSet)$/.test(ref.kind) &&
        (number(at(object, 'spec', 'replicas')) ?? 0) > 0 &&
        !view.pods.some((pod) => workloadOf(view.scene, pod.ref).name === ref.name),
    )
    .map(({ ref }) => ref);
}

/** A check that gets no answer from a Service behind which a ready pod stands, and which no policy guards. */
function unansweredService(view: View) {
  if (view.scene.objects.some(({ ref }) => ref.kind === 'NetworkPolicy')) return undefined;
  return view.checks.find(({ outcome, said }) => {
    if (outcome !== 'timeout') return false;
    const called = behind(view.scene, view.pods, servicesIn(view.scene, said));
    return view.pods.some((pod) => pod.ready && called.some((ref) => sameObject(ref, pod.ref)));
  });
}

const COMPONENTS: readonly Component[] = [
  {
    kind: 'scheduler-down',
    title: 'The scheduler does not run',
    pod: /^kube-scheduler\b/,
    fixed: true,
    effect: 'new pods stay Pending without any event',
    inferred: ignored,
  },
  {
    kind: 'controller-manager-down',
    title: 'The controller manager does not run',
    pod: /^kube-controller-manager\b/,
    fixed: true,
    effect: 'no controller makes pods, endpoints or tokens',
  },
  {
    kind: 'cluster-dns-down',
    title: 'Cluster DNS does not answer',
    pod: /^(?:coredns|kube-dns)\b/,
    effect: 'no name of a Service resolves',
    gone: (view, pattern) => {
      // Distributions put their own name before it.
      if (parts(view, /dns/).length > 0) return undefined;
      const check = view.checks.find(({ outcome, said }) => outcome === 'unresolved' && NO_ANSWER.test(said));
      const silent = check?.cite() ?? unansweredLookup(view);
      const list = silent === undefined ? undefined : absent(view, pattern);
      return list === undefined ? undefined : [...list, silent];
    },
  },
  {
    kind: 'kube-proxy-down',
    title: 'kube-proxy does not run',
    pod: /^kube-proxy\b/,
    unit: 'kube-proxy',
    local: true,
    effect: 'on its node addresses of Services lead where they led before, or nowhere',
    gone: (view, pattern) => {
      // Some network plugins and distributions do without it.
      if (parts(view, /cilium|kube-router|ovn|antrea|k3s|rke2/).length > 0) return undefined;
      const felt = unansweredService(view);
      const list = felt === undefined ? undefined : absent(view, pattern);
      return list === undefined ? undefined : [...list, felt?.cite()];
    },
  },
  {
    kind: 'network-plugin-down',
    title: 'The network plugin does not run',
    pod: /^(?:calico|cilium|kube-flannel|flannel|weave-net|aws-node|kindnet|canal|antrea)\b/,
    local: true,
    effect: 'pods on its node get no network',
  },
];

const NO_ANSWER =
  /timed? ?out|ETIMEDOUT|refused|deadline exceeded|no route to host|EAI_AGAIN|no servers could be reached/i;

/** What clients say where no DNS server answers. That a name does not exist is an answer. */
const NO_DNS = /\blookup \S+ on \S+:53: .*(?:timeout|refused)|EAI_AGAIN|Temporary failure in name resolution/;

/** Where logs of two programs or more tell that no DNS server answers. */
function unansweredLookup(view: View) {
  const told = view.scene.logs.flatMap((log) => {
    const line = log.lines.find(({ text: said }) => NO_DNS.test(said));
    const of = podOfLog(view, log)?.ref ?? log.pod;
    return line === undefined || of === undefined
      ? []
      : [{ of: workloadOf(view.scene, of).name, citation: citeLines(log.item, line.n - log.item.lines.from) }];
  });
  return new Set(told.map(({ of }) => of)).size > 1 ? told[0]?.citation : undefined;
}

/** Pods on the nodes of these parts whose calls get no answer, as their logs or checks within them tell. */
function cutOff(view: View, bad: readonly PodView[]) {
  const nodeOf = (pod: PodView) => text(at(pod.source.object, 'spec', 'nodeName'));
  const nodes = new Set(bad.flatMap((pod) => nodeOf(pod) ?? []));
  const isHere = (pod: PodView | undefined): pod is PodView => pod !== undefined && nodes.has(nodeOf(pod) ?? '');
  const fromLogs = view.scene.logs.flatMap((log) => {
    const pod = podOfLog(view, log);
    const line = isHere(pod)
      ? log.lines.find(({ text: said, level }) => level !== 'debug' && level !== 'info' && NO_ANSWER.test(said))
      : undefined;
    return pod === undefined || line === undefined
      ? []
      : [{ pod, called: [], citation: citeLines(log.item, line.n - log.item.lines.from) }];
  });
  const fromChecks = view.checks.flatMap((check) => {
    const pod = check.client === undefined ? undefined : podOf(view, check.client);
    return isHere(pod) && /^(?:timeout|refused|unresolved)$/.test(check.outcome)
      ? [{ pod, called: servicesIn(view.scene, check.said).map(({ ref }) => ref), citation: check.cite() }]
      : [];
  });
  return [...fromLogs, ...fromChecks];
}

/** Parts that are no static pods and whose pods have no template's hash are run by a DaemonSet. */
function runs(ref: ObjectRef, fixed: boolean): ObjectRef {
  const base = /^(.+)-[a-z0-9]{5}$/.exec(ref.name)?.[1];
  return ref.kind !== 'Pod' || fixed || base === undefined ? ref : { ...ref, kind: 'DaemonSet', name: base };
}

/** The line of its logs that tells best why it ended. */
function lastWord(view: View, bad: readonly PodView[], object: ObjectRef) {
  const own = view.scene.logs.filter(
    ({ pod }) => pod !== undefined && [object, ...bad.map(({ ref }) => ref)].some((ref) => sameObject(ref, pod)),
  );
  for (const log of own) {
    const line =
      decisiveLine(log.lines) ??
      (log.lines.length < 5 ? log.lines.findLast(({ text: said }) => said.trim() !== '') : undefined);
    if (line !== undefined)
      return { said: line.text.trim().slice(0, 200), citation: citeLines(log.item, line.n - log.item.lines.from) };
  }
  return undefined;
}

/** The part as a unit that was stopped. One that is not to start with its machine is not what serves this cluster. */
function stoppedUnit(view: View, { unit: name, title, effect }: Component): Draft[] {
  return stoppedUnits(view)
    .filter(({ unit, disabled }) => unit === name && !disabled)
    .map(({ unit, state, node, said, citations }) => ({
      object: node ?? { kind: 'SystemService', name: unit },
      summary: `${title}: \`systemctl\` says that ${unit}${node === undefined ? '' : ` of node ${node.name}`} is ${state}, so ${effect}${said === undefined ? '' : `; its journal says \`${said}\``}`,
      confidence: 0.92,
      severity: 'failed',
      citations,
      involves: node === undefined ? [] : [node, ...podsOn(view, node.name)],
      remedies: [
        look('Read its journal on the node', command('journalctl', '-u', operand(unit), '--since', '-1h')),
        change('Start it on the node', 'medium', command('systemctl', 'start', operand(unit))),
      ],
    }));
}

/** Two replicas, as distributions run of cluster DNS: one alone is gone with its node. */
function scaleUp(ref: ObjectRef) {
  return command('kubectl', 'scale', slashed(ref), '--replicas=2', inNamespace(ref));
}

/** ` on node a, b`: where the parts are that do not run, if others do. */
function onWhich(bad: readonly PodView[]): string {
  const nodes = new Set(bad.flatMap((pod) => text(at(pod.source.object, 'spec', 'nodeName')) ?? []));
  return nodes.size === 0 ? '' : ` on node ${[...nodes].slice(0, 4).join(', ')}`;
}

/** A DaemonSet has no replicas: one that has no pods is wanted on no node. */
const isDaemons = ({ ref, object }: SceneObject): boolean =>
  ref.kind === 'DaemonSet' &&
  (number(at(object, 'status', 'desiredNumberScheduled')) ?? number(at(object, 'spec', 'replicas'))) === 0;

/** How much of a part is up, as half a sentence. */
function howFar({ kind }: ObjectRef, pods: number, ready: number, down: SceneObject | undefined): string {
  if (down !== undefined && isDaemons(down)) return 'is wanted on no node (none fits its node selector or affinity)';
  if (down !== undefined)
    return number(at(down.object, 'spec', 'replicas')) === 0 ? 'is scaled to 0 replicas' : 'has no ready pods';
  return kind === 'Pod' ? 'is not ready' : `has ${ready} of ${pods} ready pods`;
}

function analyzer(component: Component): Analyzer {
  const {
    kind,
    title,
    pod: pattern,
    effect,
    fixed = false,
    local = false,
    gone: isGone = absent,
    inferred,
  } = component;
  return {
    kind,
    stage: 'running',
    // Above what its own log says: that is told with it.
    depth: DEPTH.crash - 1,
    title,
    about: `A part of the cluster itself is not up (its pods, its workload, or what only it does), so that ${effect}.`,
    remedy: 'Bring it up again: its own log says why it ended, the manifest or workload what it should be.',
    find: (view) => {
      const units = stoppedUnit(view, component);
      if (units.length > 0) return units;
      const own = parts(view, pattern);
      const bad = own.filter((pod) => !pod.ready && !pod.completed && pod.rowStatus !== 'ContainerCreating');
      const down = emptied(view, pattern);
      if (bad.length === 0 && down.length === 0) {
        const gone = fixed || component.gone !== undefined ? isGone(view, pattern) : undefined;
        const sign = own.length > 0 ? undefined : inferred?.(view);
        const name = /[a-z][a-z-]+/.exec(pattern.source)?.[0] ?? '';
        if (gone !== undefined)
          return [
            {
              object: { kind: fixed ? 'Pod' : local ? 'DaemonSet' : 'Deployment', namespace: 'kube-system', name },
              summary: `${title}: kube-system has no ${name} pod, so ${effect}`,
              confidence: 0.9,
              severity: 'failed',
              citations: [...gone, ...(sign?.citations ?? [])],
              involves: sign?.involves ?? (fixed ? podless(view) : []),
              remedies: [
                fixed
                  ? look('See its manifest on the control plane', command('ls', '-l', '/etc/kubernetes/manifests'))
                  : look(
                      'See whether it is wanted',
                      command('kubectl', 'get', local ? 'daemonsets' : 'deployments', '-n', 'kube-system'),
                    ),
              ],
            },
          ];
        if (sign === undefined) return [];
        return [
          {
            object: { kind: 'Pod', namespace: 'kube-system', name },
            summary: `${title}: ${sign.involves.length} pod${sign.involves.length === 1 ? '' : 's'} wait for a node and no scheduler ever said why (${effect})`,
            confidence: 0.8,
            severity: 'failed',
            citations: sign.citations,
            involves: sign.involves,
            remedies: [look('See whether it runs', command('kubectl', 'get', 'pods', '-n', 'kube-system'))],
          },
        ];
      }
      const object = down[0]?.ref ?? runs(workloadOf(view.scene, (bad[0] as PodView).ref), fixed);
      const ready = own.length - bad.length;
      const word = lastWord(view, bad, object);
      const nowhere = down[0] !== undefined && isDaemons(down[0]);
      const hit = local ? cutOff(view, bad) : [];
      const felt = ready === 0 || hit.length > 0;
      return [
        {
          object,
          summary: `${title}${local && ready > 0 ? onWhich(bad) : ''}: ${named(object)} ${howFar(object, own.length, ready, down[0])}, so ${nowhere ? effect.replace('on its node', 'on every node') : effect}${word === undefined ? '' : `; its log says \`${word.said}\``}`,
          confidence: ready > 0 ? (felt ? 0.9 : 0.7) : 0.95,
          severity: felt ? 'failed' : 'degraded',
          citations: [
            word?.citation,
            ...hit.slice(0, 1).map(({ citation }) => citation),
            ...bad.slice(0, 2).map((one) => citeAny(one.source)),
            ...down.slice(0, 1).map((one) => cite(one, /Replicas:|replicas|0\/\d/) ?? citeAny(one)),
          ],
          involves: [
            ...bad.map((one) => one.ref),
            ...hit.flatMap(({ pod, called }) => [workloadOf(view.scene, pod.ref), ...called]),
            ...(ready === 0 ? (inferred?.(view)?.involves ?? []) : []),
          ],
          remedies: nowhere
            ? [
                look('See on which nodes it is wanted', describe(object)),
                change('Correct its node selector or affinity, or the labels of the nodes'),
              ]
            : down[0] !== undefined && number(at(down[0].object, 'spec', 'replicas')) === 0
              ? [
                  look('See when it was scaled down, and from how many replicas', describe(object)),
                  change('Scale it up again', 'medium', scaleUp(object)),
                ]
              : [look('Read why it ended', bad[0] === undefined ? logs(object) : endedLogs(bad[0]))],
        },
      ];
    },
  };
}

export const components: readonly Analyzer[] = COMPONENTS.map(analyzer);

import { behind, podsIn, servicesIn } from '../../../../src/evidence/calls.ts';
import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { withoutClock } from '../../../../src/evidence/logs/time.ts';
import { inOtherNamespace, type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { continuesTrace, type LogLine } from '../../../../src/evidence/parse/log.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, number, objects, text } from '../../../../src/json.ts';
import { withoutNames } from '../../names.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { podOf, podOfLog } from '../startup/log-errors.ts';
import { holds, type Outside, outsideIn } from './outside.ts';
import { type Peer, picks, spaceLabels, supposedLabels } from './pod-labels.ts';

const TIMEOUT =
  /timed? ?out|ETIMEDOUT|deadline exceeded|i\/o timeout|no route to host|EHOSTUNREACH|EAI_AGAIN|Temporary failure in name resolution/i;

function selects(view: View, policy: SceneObject, pod: PodView): boolean {
  return (
    (pod.ref.namespace === undefined ||
      policy.ref.namespace === undefined ||
      pod.ref.namespace === policy.ref.namespace) &&
    picks(at(policy.object, 'spec', 'podSelector'), supposedLabels(view, policy.object, pod)) === true
  );
}

function isFor(policy: SceneObject, direction: 'Ingress' | 'Egress'): boolean {
  const types = asArray(at(policy.object, 'spec', 'policyTypes'));
  if (types.length > 0) return types.includes(direction);
  return direction === 'Ingress' || at(policy.object, 'spec', 'egress') !== undefined;
}

/**
 * Whether a policy's rules let a pod's traffic through. What is not understood (networks, of something within the cluster) counts as
 * allowed.
 */
function allows(
  view: View,
  policy: SceneObject,
  direction: 'ingress' | 'egress',
  peer: Peer | Outside | undefined,
  ports: ReadonlySet<number>,
): boolean {
  const rules = at(policy.object, 'spec', direction);
  return objects(rules).some((rule) => {
    if (!opens(rule, ports)) return false;
    const peers = objects(rule[direction === 'ingress' ? 'from' : 'to']);
    if (peers.length === 0) return true;
    return peers.some((entry) => {
      if (peer !== undefined && !('ref' in peer)) return holds(entry, peer);
      if (entry.ipBlock !== undefined || peer === undefined) return true;
      const { namespaceSelector: spaces, podSelector: pods } = entry;
      if (spaces !== undefined && picks(spaces, spaceLabels(view, peer)) === false) return false;
      // Without a selector of namespaces only the policy's own is meant.
      if (spaces === undefined && pods !== undefined && inOtherNamespace(policy.ref, peer.ref)) return false;
      return pods === undefined || picks(pods, supposedLabels(view, policy.object, peer)) !== false;
    });
  });
}

/** Whether a rule is for one of these ports. Without ports it is for all, and named ports may be any. */
function opens(rule: unknown, wanted: ReadonlySet<number>): boolean {
  const ports = objects(at(rule, 'ports'));
  if (ports.length === 0 || wanted.size === 0) return true;
  return ports.some(({ port, endPort }) => {
    const from = number(port);
    if (from === undefined) return true;
    return [...wanted].some((one) => one >= from && one <= (number(endPort) ?? from));
  });
}

/** The ports that a text calls, and those to which the Services in it send what comes there: policies see the latter. */
function portsCalled(view: View, said: string): Set<number> {
  const called = new Set(
    [...withoutClock(said).matchAll(/[\w.\]-]:(\d{2,5})\b|\bport[ =](\d{2,5})\b/g)].map(([, a, b]) => Number(a ?? b)),
  );
  if (called.size === 0) return called;
  const sent = servicesIn(view.scene, said).flatMap((service) =>
    objects(at(service.object, 'spec', 'ports')).flatMap(({ port, targetPort }) =>
      called.has(number(port) ?? -1) ? [number(targetPort) ?? number(port) ?? -1] : [],
    ),
  );
  return new Set([...called, ...sent]);
}

/** A row of a table does not show rules; one that a tool made may. */
function showsRules(policy: SceneObject): boolean {
  if (['ingress', 'egress'].some((direction) => Array.isArray(at(policy.object, 'spec', direction)))) return true;
  return policy.sightings.some(({ partial }) => !partial);
}

/** Whether cluster DNS may be among the peers of a rule: it does not run in the policy's own namespace, nor in another one that is named. */
function mayBeDns(peer: unknown): boolean {
  if (at(peer, 'ipBlock') !== undefined) return true;
  const spaces = at(peer, 'namespaceSelector');
  if (spaces === undefined) return false;
  const name = text(at(spaces, 'matchLabels', 'kubernetes.io/metadata.name'));
  return name === undefined || /^(?:kube-system|openshift-dns)$/.test(name);
}

/** Resolvers ask over UDP; a rule that states no protocol is for TCP. */
function reachesDns(policy: SceneObject): boolean {
  const own = /^(?:kube-system|openshift-dns)$/.test(policy.ref.namespace ?? '');
  return objects(at(policy.object, 'spec', 'egress')).some((rule) => {
    const peers = objects(rule.to);
    if (peers.length > 0 && !own && !peers.some(mayBeDns)) return false;
    const ports = objects(rule.ports);
    const udp = ports.filter(({ protocol }) => text(protocol) === 'UDP');
    const open = udp.some(({ port, endPort }) => {
      const from = number(port);
      // Without a number it is all of UDP, or a port by its name.
      return from === undefined || (from <= 53 && 53 <= (number(endPort) ?? from));
    });
    return ports.length === 0 || open;
  });
}

/** A timeout that the evidence shows: who suffered it, and the text that may name whom it called. */
interface Silence {
  readonly client: Peer | undefined;
  readonly said: string;
  readonly dns: boolean;
  readonly cite: () => Draft['citations'][number];
}

/** Lines that a trace may have before its inner exception. */
const TRACE = 60;

/** Index of the line before the entry in whose trace the line at `index` stands, at least three lines above it. */
function beforeTrace(lines: readonly LogLine[], index: number): number {
  const head = lines.findLastIndex(({ time }, at) => at < index && at >= index - TRACE && time !== undefined);
  return Math.max(0, Math.min(index - 3, head < 0 ? index : head - 1));
}

/** An exception below the entry that it belongs to: what was called stands there. */
const isException = ({ time, text: said }: LogLine): boolean =>
  time === undefined && /^(?:[a-z_]\w*\.)+\w*(?:Exception|Error|Timeout)\b/.test(said);

/** One who calls and is not in the evidence: of them only the name and namespace are known. */
const byName = (ref: ObjectRef | undefined): Peer | undefined => (ref === undefined ? undefined : { ref, labels: {} });

function silences(view: View): Silence[] {
  const fromLogs = view.scene.logs.flatMap((log): Silence[] => {
    const index = log.lines.findIndex(
      ({ text: said, level }) => TIMEOUT.test(withoutNames(view, said)) && level !== 'debug',
    );
    const line = log.lines[index];
    if (line === undefined) return [];
    // An inner exception says that it timed out, the outer one before it where, or what the program wrote before it began.
    const inner = /^\s*(?:--->|Caused by:)/.test(line.text) || continuesTrace(line.text) || isException(line);
    const told = log.lines.slice(inner ? beforeTrace(log.lines, index) : index, index + 1);
    const client = podOfLog(view, log) ?? byName(log.pod);
    const quote = line.raw.slice(0, 400);
    return [
      {
        client,
        said: told.map(({ text: said }) => said).join('\n'),
        dns: /\blookup \S+|:53\b|getaddrinfo|EAI_AGAIN|name resolution/.test(withoutClock(line.text)),
        cite: () => ({ evidence: log.item.id, lines: { from: line.n, to: line.n }, quote }),
      },
    ];
  });
  const fromChecks = view.checks
    .filter(({ outcome }) => outcome === 'timeout' || outcome === 'unresolved')
    .map((check): Silence => {
      return {
        client: check.client === undefined ? undefined : (podOf(view, check.client) ?? byName(check.client)),
        said: check.said,
        dns: check.outcome === 'unresolved',
        cite: () => check.cite(),
      };
    });
  return [...fromLogs, ...fromChecks];
}

/** Whether a pod is of another workload than the one who calls. */
function isOther(view: View, ref: ObjectRef, client: Peer | undefined): boolean {
  return client === undefined || !sameObject(workloadOf(view.scene, ref), workloadOf(view.scene, client.ref));
}

export const networkPolicyBlocks: Analyzer = {
  kind: 'network-policy-blocks',
  stage: 'network',
  depth: DEPTH.config,
  title: 'A NetworkPolicy blocks the traffic',
  about:
    'Connections time out, and a NetworkPolicy selects the pods of the one who is called (ingress) or of the caller (egress, DNS included) without a rule that lets them through.',
  remedy: 'Add a rule for this caller (and port 53 for DNS), or remove the policy.',
  find: (view) => {
    const policies = view.scene.objects.filter((one) => one.ref.kind === 'NetworkPolicy' && showsRules(one));
    if (policies.length === 0) return [];
    const timeouts = silences(view);
    const ofPod = new Map(view.pods.map((pod) => [pod, policies.filter((policy) => selects(view, policy, pod))]));
    // What one policy does not let through another one may: together they allow what any of them does.
    const lets = (pod: PodView, direction: 'Ingress' | 'Egress', rule: (policy: SceneObject) => boolean) =>
      (ofPod.get(pod) ?? []).some((policy) => isFor(policy, direction) && rule(policy));
    return policies.flatMap((policy): Draft[] => {
      const pods = view.pods.filter((pod) => ofPod.get(pod)?.includes(policy));
      const hit = timeouts.flatMap((silence) => {
        const ports = portsCalled(view, silence.said);
        const services = servicesIn(view.scene, silence.said);
        // Where no Service is seen, an address still names the workload behind it.
        const callee =
          services.length > 0 || silence.client === undefined
            ? behind(view.scene, view.pods, services)
            : podsIn(view.scene, view.pods, silence.said)
                .filter(({ ref }) => isOther(view, ref, silence.client))
                .map(({ ref }) => ref);
        const called = pods.find((pod) => callee.some((ref) => sameObject(ref, pod.ref)));
        const inward =
          isFor(policy, 'Ingress') &&
          !silence.dns &&
          called !== undefined &&
          !lets(called, 'Ingress', (one) => allows(view, one, 'ingress', silence.client, ports));
        const from = pods.find((pod) => silence.client !== undefined && sameObject(pod.ref, silence.client.ref));
        const target =
          view.pods.find((pod) => callee.some((ref) => sameObject(ref, pod.ref))) ??
          (services.length === 0 && callee.length === 0 ? outsideIn(silence.said) : undefined);
        const outward =
          isFor(policy, 'Egress') &&
          from !== undefined &&
          !lets(from, 'Egress', (one) => (silence.dns ? reachesDns(one) : allows(view, one, 'egress', target, ports)));
        if (!inward && !outward) return [];
        return [{ silence, way: inward ? 'into' : 'out of', dns: silence.dns }];
      });
      const first = hit[0];
      if (first === undefined) return [];
      const blocked = [...new Set(pods.map((pod) => named(workloadOf(view.scene, pod.ref))))];
      return [
        {
          object: { ...policy.ref, path: 'spec' },
          summary: `${named(policy.ref)} lets ${first.dns ? 'no DNS question' : 'no such connection'} ${first.way} ${blocked.slice(0, 4).join(', ')}, so calls time out`,
          confidence: 0.93,
          severity: 'failed',
          citations: [
            cite(policy, /Allowing (?:ingress|egress) traffic|podSelector|PodSelector/) ?? citeAny(policy),
            cite(policy, /isolated|policyTypes|Policy Types/),
            first.silence.cite(),
          ],
          involves: [
            ...pods.map((pod) => workloadOf(view.scene, pod.ref)),
            ...hit.flatMap(({ silence }) =>
              silence.client === undefined ? [] : [workloadOf(view.scene, silence.client.ref)],
            ),
          ],
          remedies: [
            look('Read the policy', describe(policy.ref)),
            change(
              first.dns ? 'Allow egress to port 53 (UDP and TCP)' : 'Add a rule that lets this caller through',
              'medium',
            ),
          ],
        },
      ];
    });
  },
};

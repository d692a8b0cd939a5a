import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Citation } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, strings, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const PROXY = /^(?:istio-proxy|linkerd-proxy|envoy-sidecar)$/;
const TORN =
  /reset reason: connection (?:termination|failure)|upstream connect error|connection reset by peer|TLS error|tlsv1 alert|wrong version number/i;

/** Whether something in the evidence shows that connections are torn down, as a mesh does with plain text. */
function torn(view: View): { citation: Citation | undefined; namespace?: string } | undefined {
  for (const log of view.scene.logs) {
    const line = log.lines.find(({ text: said }) => TORN.test(said));
    if (line === undefined) continue;
    const citation = { evidence: log.item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) };
    return { citation, ...(log.pod?.namespace === undefined ? {} : { namespace: log.pod.namespace }) };
  }
  const check = view.checks.find(({ outcome }) => outcome === 'reset');
  return check === undefined ? undefined : { citation: check.cite() };
}

/** Namespaces without injection: switched off, or without the label while others have it and theirs are torn down. */
function uninjected(view: View, namespace: string | undefined): SceneObject[] {
  const label = ({ object }: SceneObject) => strings(at(object, 'metadata', 'labels'))['istio-injection'];
  const all = view.scene.objects.filter(({ ref }) => ref.kind === 'Namespace');
  const some = all.some((one) => label(one) === 'enabled');
  return all.filter((one) => label(one) === 'disabled' || (some && one.ref.name === namespace && label(one) === ''));
}

const INJECT = 'sidecar.istio.io/inject';

/** Workloads (or pods) that are kept out of injection by a label or an annotation of their own. */
function optedOut(view: View): SceneObject[] {
  return view.scene.objects.filter(({ ref, object }) => {
    const metadata = ref.kind === 'Pod' ? object.metadata : at(object, 'spec', 'template', 'metadata');
    return [at(metadata, 'annotations'), at(metadata, 'labels')].some((own) => strings(own)[INJECT] === 'false');
  });
}

function strict(view: View) {
  return view.scene.objects.filter(
    ({ ref, object }) => ref.kind === 'PeerAuthentication' && text(at(object, 'spec', 'mtls', 'mode')) === 'STRICT',
  );
}

export const meshSidecarMissing: Analyzer = {
  kind: 'mesh-sidecar-missing',
  stage: 'network',
  depth: DEPTH.config + 2,
  title: 'Pods have no sidecar of the service mesh',
  about:
    'The mesh demands mutual TLS (PeerAuthentication STRICT), and the namespace or the pod has injection switched off, so its connections are torn down.',
  remedy: 'Switch injection on (label of the namespace, annotation of the pod) and restart the pods.',
  find: (view) => {
    const demands = strict(view);
    const symptom = torn(view);
    if (demands.length === 0 || symptom === undefined) return [];
    const off = uninjected(view, symptom.namespace);
    const bare = view.pods.filter(
      (pod) =>
        pod.containers.length > 0 &&
        pod.containers.every((c) => c.name !== '' && !PROXY.test(c.name)) &&
        !/^kube-|istio-system/.test(pod.ref.namespace ?? ''),
    );
    const opted = optedOut(view);
    const others = view.pods.some((pod) => pod.containers.some((c) => PROXY.test(c.name)));
    if (off.length === 0 && opted.length === 0 && !(others && bare.length > 0)) return [];
    const object = off[0]?.ref ?? opted[0]?.ref ?? workloadOf(view.scene, (bare[0] as (typeof bare)[number]).ref);
    return [
      {
        object,
        summary: `${named(object)} has no sidecar of the mesh (injection is off), while ${named((demands[0] as (typeof demands)[number]).ref)} demands mutual TLS: its connections are torn down`,
        confidence: 0.9,
        severity: 'failed',
        citations: [
          cite(off[0], 'istio-injection') ?? citeAny(off[0]),
          cite(opted[0], INJECT),
          citeAny(bare[0]?.source),
          citeAny(demands[0]),
          symptom.citation,
        ],
        involves: [...bare.map(({ ref }) => ref), ...opted.map(({ ref }) => ref)]
          .slice(0, 10)
          .map((ref) => workloadOf(view.scene, ref)),
        remedies: [
          look('See which namespaces inject', command('kubectl', 'get', 'namespaces', '-L', 'istio-injection')),
          change('Switch injection on and restart the pods', 'medium'),
        ],
      },
    ];
  },
};

export const meshTlsMismatch: Analyzer = {
  kind: 'mesh-tls-mismatch',
  stage: 'network',
  depth: DEPTH.config + 2,
  title: 'Caller and callee disagree about mutual TLS',
  about: 'PeerAuthentication demands mutual TLS, and a DestinationRule switches it off for the callers.',
  remedy: 'Set the DestinationRule to ISTIO_MUTUAL, or the PeerAuthentication to PERMISSIVE.',
  find: (view) => {
    const demand = strict(view)[0];
    if (demand === undefined) return [];
    return view.scene.objects.flatMap((rule): Draft[] => {
      const policy = at(rule.object, 'spec', 'trafficPolicy');
      const modes = [
        at(policy, 'tls', 'mode'),
        ...objects(at(policy, 'portLevelSettings')).map((p) => at(p, 'tls', 'mode')),
      ];
      if (rule.ref.kind !== 'DestinationRule' || !modes.includes('DISABLE')) return [];
      const host = text(at(rule.object, 'spec', 'host')) ?? '';
      return [
        {
          object: { ...rule.ref, path: 'spec.trafficPolicy.tls.mode' },
          summary: `${named(rule.ref)} switches TLS off towards \`${host}\`, while ${named(demand.ref)} demands mutual TLS there`,
          confidence: 0.92,
          severity: 'failed',
          citations: [cite(rule, /DISABLE/), cite(demand, /STRICT/)],
          involves: [{ kind: 'Service', name: host.split('.')[0] ?? host }],
          remedies: [change('Set the mode to ISTIO_MUTUAL', 'low')],
        },
      ];
    });
  },
};

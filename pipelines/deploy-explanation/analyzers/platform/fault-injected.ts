import { behind } from '../../../../src/evidence/calls.ts';
import { describe, get } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace, nameOf, typeOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, number, objects, strings, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { flagsThatHurt } from './feature-flag.ts';
import { toxicsOf } from './toxics.ts';

/** Kinds of Chaos Mesh (`NetworkChaos`, `PodChaos` …) and Litmus. */
const CHAOS = /^(?:\w+Chaos|ChaosEngine)$/;

/** Whether it was tried at all its targets, and came into none: the experiment itself fails. */
function missed(chaos: SceneObject): boolean {
  const records = objects(at(chaos.object, 'status', 'experiment', 'containerRecords'));
  return (
    records.length > 0 &&
    records.every(({ phase, injectedCount }) => phase === 'Not Injected' && !number(injectedCount))
  );
}

function over(chaos: SceneObject): boolean {
  const { object } = chaos;
  const conditions = objects(at(object, 'status', 'conditions'));
  const is = (type: string) => conditions.some((c) => c.type === type && c.status === 'True');
  if (is('Paused') || (is('AllRecovered') && !is('AllInjected'))) return true;
  return (
    /^(?:completed|stopped|stop)$/i.test(text(at(object, 'status', 'engineStatus')) ?? '') ||
    text(at(object, 'status', 'experiment', 'desiredPhase')) === 'Stop'
  );
}

/** How much an experiment of Chaos Mesh does of what it does: a latency, a share of packets, a stress of processors or memory. */
function amountOf({ object: { spec } }: SceneObject): string | undefined {
  const latency = text(at(spec, 'delay', 'latency'));
  if (latency !== undefined) return latency;
  const share = ['loss', 'corrupt', 'duplicate'].flatMap((kind) => text(at(spec, kind, kind)) ?? [])[0];
  if (share !== undefined) return `${share} %`;
  const rate = text(at(spec, 'bandwidth', 'rate'));
  if (rate !== undefined) return rate;
  const load = number(at(spec, 'stressors', 'cpu', 'load'));
  const size = text(at(spec, 'stressors', 'memory', 'size'));
  const stress = [
    at(spec, 'stressors', 'cpu') === undefined ? [] : `CPU${load === undefined ? '' : ` load ${load} %`}`,
    at(spec, 'stressors', 'memory') === undefined ? [] : `memory${size === undefined ? '' : ` ${size}`}`,
  ].flat();
  return stress.length === 0 ? undefined : stress.join(', ');
}

/** Pods that the experiment's selector picks, and their workloads. */
function targets(view: View, chaos: SceneObject): ObjectRef[] {
  const selector = at(chaos.object, 'spec', 'selector');
  const labels = Object.entries(strings(at(selector, 'labelSelectors')));
  const spaces = new Set(asArray(at(selector, 'namespaces')).map(String));
  if (labels.length === 0 && spaces.size === 0) return [];
  return view.pods
    .filter(
      (pod) =>
        (spaces.size === 0 || pod.ref.namespace === undefined || spaces.has(pod.ref.namespace)) &&
        // describe prints label keys with a capital
        labels.every(([key, value]) => pod.labels[key] === value || pod.labels[key.toLowerCase()] === value),
    )
    .flatMap((pod) => [pod.ref, workloadOf(view.scene, pod.ref)]);
}

/** Faults that a VirtualService injects on purpose: errors or delays for a share of the requests. */
function faultsOfRoutes(view: View): Draft[] {
  return view.scene.objects.flatMap((route): Draft[] => {
    if (route.ref.kind !== 'VirtualService') return [];
    const faults = objects(at(route.object, 'spec', 'http')).flatMap((rule) =>
      (['abort', 'delay'] as const).flatMap((action) => {
        const fault = at(rule, 'fault', action);
        const share = number(at(fault, 'percentage', 'value')) ?? number(at(fault, 'percent'));
        return fault === undefined || share === 0 ? [] : [{ action, fault, share }];
      }),
    );
    const [first] = faults;
    if (first === undefined) return [];
    const { action, fault, share } = first;
    const amount = text(at(fault, 'httpStatus')) ?? text(at(fault, 'grpcStatus')) ?? text(at(fault, 'fixedDelay'));
    const hosts = asArray(at(route.object, 'spec', 'hosts')).map((host) => String(host).split('.')[0] ?? '');
    const services = hosts.map((name) => ({
      kind: 'Service',
      name,
      ...(route.ref.namespace === undefined ? {} : { namespace: route.ref.namespace }),
    }));
    const known = view.scene.objects.filter(({ ref }) => services.some((one) => sameObject(one, ref)));
    return [
      {
        object: { ...route.ref, path: 'spec.http.fault' },
        summary: `${named(route.ref)} injects a fault (${action}${amount === undefined ? '' : ` ${amount}`}) into ${share === undefined ? '' : `${share} % of the `}requests to ${hosts.join(', ')}: what fails there fails on purpose`,
        confidence: 0.93,
        severity: 'failed',
        citations: [cite(route, /fault|Fault/) ?? citeAny(route)],
        involves: [...services, ...behind(view.scene, view.pods, known)],
        remedies: [
          look('Read the route', get(route.ref, '-o', 'yaml')),
          change('Take `fault` out of the route', 'low'),
        ],
      },
    ];
  });
}

export const faultInjected: Analyzer = {
  kind: 'fault-injected',
  stage: 'network',
  depth: DEPTH.platform - 2,
  title: 'A fault is injected on purpose',
  about:
    'A resource of Chaos Mesh or Litmus (NetworkChaos, PodChaos, ChaosEngine …) is active: it delays, drops, kills or fills on purpose; or a VirtualService aborts or delays requests; or Toxiproxy has a toxic; or a feature flag (flagd) that makes a program fail is switched on.',
  remedy: 'Pause or delete the experiment; take the fault out of the route; remove the toxic; switch the flag off.',
  find: (view) => [
    ...faultsOfRoutes(view),
    ...flagsThatHurt(view),
    ...toxicsOf(view),
    ...view.scene.objects.flatMap((chaos): Draft[] => {
      if (!CHAOS.test(chaos.ref.kind) || over(chaos) || missed(chaos)) return [];
      const action = text(at(chaos.object, 'spec', 'action'));
      const what = [action, amountOf(chaos)].filter((part) => part !== undefined).join(' ');
      const hit = targets(view, chaos);
      const hosts = [...new Set(hit.filter(({ kind }) => kind !== 'Pod').map(named))];
      return [
        {
          object: chaos.ref,
          summary: `${named(chaos.ref)} injects a fault${what === '' ? '' : ` (${what})`}${hosts.length === 0 ? '' : ` into ${hosts.slice(0, 4).join(', ')}`}: what fails there fails on purpose`,
          confidence: 0.93,
          severity: 'failed',
          citations: [cite(chaos, /[Aa]ction"?:/) ?? citeAny(chaos), cite(chaos, /AllInjected/)],
          involves: hit,
          remedies: [
            look('Read the experiment', describe(chaos.ref)),
            change(
              'Delete it',
              'low',
              command('kubectl', 'delete', typeOf(chaos.ref), nameOf(chaos.ref), inNamespace(chaos.ref)),
            ),
          ],
        },
      ];
    }),
  ],
};

import { citeText } from '../../../../src/evidence/cite.ts';
import { describe, list, rollout, slashed } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { findObject, selectedBy, selectorOf, templateLabels } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asObject, at, number, objects, text } from '../../../../src/json.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { fires, OF_THE_RULE } from '../custom/alert-firing.ts';
import { isCalled } from '../network/service.ts';
import { missedByCallers } from './missed-by-callers.ts';

/** The autoscaler of a workload that says it is switched off because its target has no replicas, which counts where the question asks for it. */
function sleepingScaler(view: View, workload: ObjectRef): SceneObject | undefined {
  return view.scene.objects.find(({ ref, object }) => {
    if (ref.kind !== 'HorizontalPodAutoscaler' || ref.namespace !== workload.namespace) return false;
    // KEDA lets its workloads sleep, and wakes them itself.
    if (ref.name.startsWith('keda-hpa-')) return false;
    const target = asObject(at(object, 'spec', 'scaleTargetRef'));
    return (
      text(target.name) === workload.name &&
      text(target.kind) === workload.kind &&
      objects(at(object, 'status', 'conditions')).some(({ reason }) => reason === 'ScalingDisabled')
    );
  });
}

/** Words that a rule and a workload may share by chance. */
const COMMON = /^(?:service|server|worker|queue|alert|high|rate|prod|main|core|backend|message|messages|api)$/;

/**
 * A firing alert of the namespace a label of which names the workload; or one that speaks of what the workload is called after (the queue
 * `labels` of `label-printer`), where it speaks of none of its neighbours so, and nothing else in the namespace is unwell.
 */
function missedBy(view: View, { name, namespace }: ObjectRef): View['scene']['alerts'][number] | undefined {
  const words = (one: string) =>
    one
      .toLowerCase()
      .split(/[-_.]/)
      .filter((word) => word.length > 3 && !COMMON.test(word));
  const firing = view.scene.alerts
    .filter(fires)
    .filter(({ labels }) => namespace !== undefined && labels.namespace === namespace)
    .map((alert) => {
      const own = Object.entries(alert.labels).flatMap(([key, value]) => (OF_THE_RULE.test(key) ? [] : [value]));
      return { alert, own };
    });
  const exact = firing.find(({ own }) => own.includes(name));
  if (exact !== undefined) return exact.alert;
  if (view.troubled.some(({ ref }) => ref.namespace === namespace)) return undefined;
  const neighbours = view.scene.objects.filter(
    ({ ref }) => /^(Deployment|StatefulSet)$/.test(ref.kind) && ref.namespace === namespace && ref.name !== name,
  );
  return firing.find(({ alert, own }) => {
    const said = `${own.join(' ')} ${alert.summary}`.toLowerCase().split(/[^a-z0-9]+/);
    const speaksOf = (one: string) => words(one).some((word) => said.some((other) => other.startsWith(word)));
    return speaksOf(name) && !neighbours.some(({ ref }) => speaksOf(ref.name));
  })?.alert;
}

/** Zero replicas are a failure only where something still calls: a Service selects the workload and has nobody behind it. */
export const zeroReplicas: Analyzer = {
  kind: 'zero-replicas',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'The workload is scaled to zero while something calls it',
  about:
    'Desired replicas are 0, and a Service (or an alert that speaks of it, or a queue or group of consumers of its own in which messages wait; or the question, where its autoscaler is switched off by that) points at the workload. Zero replicas that nobody calls are deliberate and no failure.',
  remedy: 'Scale it up; find out who or what scaled it down.',
  find: (view) =>
    view.scene.objects.flatMap((workload): Draft[] => {
      if (
        !/^(Deployment|StatefulSet)$/.test(workload.ref.kind) ||
        number(at(workload.object, 'spec', 'replicas')) !== 0
      )
        return [];
      const services = view.scene.objects.filter(({ ref }) => ref.kind === 'Service');
      const callers = services.filter(
        (service) =>
          selectedBy(view.scene, service, view.pods).some((target) => sameObject(target, workload.ref)) ||
          // Tables show neither what a Service selects nor the labels of every workload: a Service of its name is its own.
          ((Object.keys(templateLabels(workload)).length === 0 || Object.keys(selectorOf(service)).length === 0) &&
            sameObject({ ...service.ref, kind: workload.ref.kind }, workload.ref)),
      );
      // Endpoints that nobody stands behind are those of a Service, though it is not shown itself.
      const empty = view.scene.objects.filter(
        ({ ref, object }) =>
          ref.kind === 'Endpoints' &&
          sameObject({ ...ref, kind: workload.ref.kind }, workload.ref) &&
          Array.isArray(object.addresses) &&
          object.addresses.length === 0 &&
          !services.some((service) => sameObject({ ...service.ref, kind: 'Endpoints' }, ref)),
      );
      const called = [...empty, ...callers].filter((service) =>
        Array.isArray(service.object.endpoints) ? service.object.endpoints.length === 0 : true,
      );
      const addresses = [
        workload.ref.name,
        ...callers.flatMap((service) => text(at(service.object, 'spec', 'clusterIP')) ?? []),
      ];
      const asked = view.scene.logs.some((log) =>
        log.lines.some(
          (line) =>
            ((line.level === 'error' || /refused|503|no such host/.test(line.text)) &&
              addresses.some((address) => line.text.includes(address))) ||
            // What waits for `orders` may wait for orders; an address goes on with a port or a domain.
            (/no response|\bwaiting (?:for|on)\b/.test(line.text) &&
              addresses.some((address) =>
                line.text
                  .split(address)
                  .slice(1)
                  .some((rest) => /^[.:]\w/.test(rest)),
              )),
        ),
      );
      const ingress = view.scene.objects.some(({ ref }) => ref.kind === 'Ingress');
      const scaler = sleepingScaler(view, workload.ref);
      const calling = called.length > 0 ? [] : missedByCallers(view, workload.ref);
      const missed =
        calling.length > 0 ||
        (called.length > 0 &&
          (asked ||
            ingress ||
            callers.some(
              (service) =>
                Array.isArray(service.object.endpoints) ||
                view.scene.objects.some(
                  ({ ref, object }) =>
                    (ref.kind === 'Endpoints' && ref.name === service.ref.name) ||
                    (ref.kind === 'EndpointSlice' &&
                      text(at(object, 'metadata', 'labels', 'kubernetes.io/service-name')) === service.ref.name),
                ),
            )));
      const alert = missed || scaler !== undefined ? undefined : missedBy(view, workload.ref);
      if (!missed && scaler === undefined && alert === undefined) return [];
      const few = view.scene.objects.filter(({ ref }) => /^(Deployment|StatefulSet)$/.test(ref.kind)).length <= 3;
      // A neighbour that crashes may well be who calls.
      const crashing = view.troubled.some(
        (pod) =>
          pod.ref.namespace === workload.ref.namespace &&
          pod.containers.some((c) => c.waiting?.reason === 'CrashLoopBackOff'),
      );
      const wanted =
        alert !== undefined ||
        few ||
        scaler !== undefined ||
        calling.length > 0 ||
        asked ||
        crashing ||
        called.some((service) => isCalled(view, service));
      return [
        {
          object: { ...workload.ref, path: 'spec.replicas' },
          summary: `${named(workload.ref)} is scaled to 0 replicas${alert !== undefined ? `, and the alert ${alert.name} misses it (${alert.summary.slice(0, 200)})` : `, so ${!missed ? 'its autoscaler is switched off' : calling[0] !== undefined ? `${named(calling[0].caller)}, which calls it, gets no answer` : `${called.map((service) => named(service.ref)).join(', ')} has nobody behind it`}`}`,
          // A Service before it says that it is meant to answer; who calls it says that it is missed.
          confidence: alert !== undefined ? 0.75 : wanted ? 0.9 : 0.5,
          severity: wanted ? 'failed' : 'degraded',
          onlyIfNamed: !missed && alert === undefined,
          citations: [
            cite(workload, /Replicas:\s+0 desired|replicas: 0|"replicas": 0|0\/0/) ?? citeAny(workload),
            cite(called[0], /Endpoints:|elector/),
            calling[0]?.citation,
            cite(scaler, /ScalingDisabled/),
            alert === undefined ? undefined : citeText(alert.item, alert.name),
          ],
          involves: [
            ...called.map((service) => service.ref),
            ...(alert === undefined ? [] : [{ kind: 'Alert', name: alert.name }]),
          ],
          remedies: [
            look('Find out who scaled it down', describe(workload.ref)),
            change(
              'Scale it up',
              'low',
              command('kubectl', 'scale', slashed(workload.ref), '--replicas=1', inNamespace(workload.ref)),
            ),
          ],
        },
      ];
    }),
};

export const autoscalerBlind: Analyzer = {
  kind: 'autoscaler-without-metrics',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'The autoscaler gets no metrics',
  about:
    'The HorizontalPodAutoscaler cannot read the metric it scales by: no metrics server, no requests set, or a wrong metric name.',
  remedy: 'Bring the metrics API up, or set the resource requests that a utilisation target needs.',
  find: (view) =>
    view.scene.objects.flatMap((scaler): Draft[] => {
      if (scaler.ref.kind !== 'HorizontalPodAutoscaler') return [];
      const bad = objects(at(scaler.object, 'status', 'conditions')).find(
        (condition) =>
          condition.type === 'ScalingActive' && condition.status === 'False' && condition.reason !== 'ScalingDisabled',
      );
      const sees = objects(at(scaler.object, 'status', 'conditions')).some(
        (condition) => condition.type === 'ScalingActive' && condition.status === 'True',
      );
      const shown = text(scaler.object.metricsText) ?? '';
      // What is scaled to zero has no pods to measure.
      const target = asObject(at(scaler.object, 'spec', 'scaleTargetRef'));
      const scaled = findObject(view.scene, {
        ...scaler.ref,
        kind: text(target.kind) ?? '',
        name: text(target.name) ?? '',
      });
      const asleep = number(at(scaled?.object, 'spec', 'replicas')) === 0;
      const blind = !asleep && /<unknown>/.test(shown) && (number(scaler.object.age) ?? 0) > 300;
      const reads = sees || (/\d+\w*%?\//.test(shown) && !/<unknown>/.test(shown));
      // Events outlive what they tell of: an autoscaler that now shows its metric gets it.
      const message = reads
        ? undefined
        : about(view, scaler.ref).find((m) => /FailedGet\w*Metric|FailedComputeMetrics/.test(m.reason));
      if (bad === undefined && message === undefined && !blind) return [];
      return [
        {
          object: scaler.ref,
          summary: `${named(scaler.ref)} cannot scale: ${(text(bad?.message) ?? message?.text ?? 'it gets no metrics').slice(0, 500)}`,
          confidence: 0.9,
          severity: 'degraded',
          citations: [message?.cite(), cite(scaler, /ScalingActive/), cite(scaler, '<unknown>')],
          remedies: [
            ...(/missing request for \w+/.test(`${text(bad?.message) ?? ''} ${message?.text ?? ''}`)
              ? [change('Set the request of the container that the message names: the target is a share of it')]
              : [
                  look('Ask the metrics API', command('kubectl', 'top', 'pods', inNamespace(scaler.ref))),
                  change('Bring the metrics server up, or set the requests that the target needs', 'medium'),
                ]),
          ],
        },
      ];
    }),
};

function late(workload: ObjectRef, citation: Draft['citations'][number], confidence = 0.6): Draft {
  return {
    object: workload,
    summary: `${named(workload)}: the rollout made no progress in time`,
    confidence,
    severity: 'failed',
    citations: [citation],
    remedies: [
      look('Look at the new pods', list('pods', workload)),
      change('Roll back meanwhile', 'low', rollout('undo', workload)),
    ],
  };
}

function lateByCondition(view: View): Draft[] {
  return view.scene.objects.flatMap((workload): Draft[] =>
    /^(?:Deployment|StatefulSet|DaemonSet)$/.test(workload.ref.kind) &&
    objects(at(workload.object, 'status', 'conditions')).some(({ reason }) => reason === 'ProgressDeadlineExceeded')
      ? [late(workload.ref, cite(workload, /ProgressDeadlineExceeded|^error: /))]
      : [],
  );
}

/** What `kubectl rollout status` prints in a job whose log shows its command no more. */
const LATE = /^error: deployment "([a-z0-9][a-z0-9.-]*)" exceeded its progress deadline$/;

/** More than that the job's step failed says that line. */
const SAID_BY_KUBECTL = 0.7;

function lateInOutput(view: View, known: readonly Draft[]): Draft[] {
  return view.messages.flatMap((message): Draft[] => {
    const name = message.origin === 'output' ? LATE.exec(message.text.trim())?.[1] : undefined;
    if (name === undefined || known.some(({ object }) => object.name === name)) return [];
    const seen = view.scene.objects.filter(({ ref }) => ref.kind === 'Deployment' && ref.name === name);
    return [
      late(
        seen.length === 1 && seen[0] !== undefined ? seen[0].ref : { kind: 'Deployment', name },
        message.cite(),
        SAID_BY_KUBECTL,
      ),
    ];
  });
}

export const progressDeadlineExceeded: Analyzer = {
  kind: 'rollout-deadline-exceeded',
  stage: 'running',
  depth: DEPTH.workload + 2,
  title: 'The rollout made no progress in time',
  about:
    'The Deployment says ProgressDeadlineExceeded: its new pods did not become ready. What keeps them from it is the cause.',
  remedy: 'Look at the new pods; roll back meanwhile.',
  find: (view) => {
    const known = lateByCondition(view);
    return [...known, ...lateInOutput(view, known)];
  },
};

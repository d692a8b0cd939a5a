import { servicesIn } from '../../../../src/evidence/calls.ts';
import { citeLines, citeText } from '../../../../src/evidence/cite.ts';
import { WORKLOADS } from '../../../../src/evidence/kinds.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import type { AlertRecord } from '../../../../src/evidence/parse/exports.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneAlert } from '../../../../src/evidence/scene.ts';
import { at } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { provenBy } from './alert-proves.ts';

const CALM = /^(Watchdog|DeadMansSwitch|DeadMansSnitch|InfoInhibitor)$/i;

/** Whether an alert tells of trouble now. */
export function fires({ name, status }: AlertRecord): boolean {
  return !CALM.test(name) && !/resolved|inactive|suppressed/i.test(status);
}

/** Labels that name what an alert is about, as kube-state-metrics calls them. */
const LABELS: readonly (readonly [label: string, kind: string])[] = [
  ['pod', 'Pod'],
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['job_name', 'Job'],
  ['cronjob', 'CronJob'],
  ['horizontalpodautoscaler', 'HorizontalPodAutoscaler'],
  ['persistentvolumeclaim', 'PersistentVolumeClaim'],
  ['resourcequota', 'ResourceQuota'],
  ['poddisruptionbudget', 'PodDisruptionBudget'],
  ['persistentvolume', 'PersistentVolume'],
  ['node', 'Node'],
];

/**
 * Workloads and Services that a label names, whatever the label is called (`service`, `app`, `job`, `queue` …): the rules of a team have
 * labels of their own. In the namespace of the alert, where it has one.
 */
function meant(view: View, { labels }: AlertRecord): ObjectRef[] {
  const values = new Set(Object.entries(labels).flatMap(([key, value]) => (OF_THE_RULE.test(key) ? [] : [value])));
  const inside = (ref: ObjectRef) =>
    labels.namespace === undefined || ref.namespace === undefined || ref.namespace === labels.namespace;
  const named = [
    ...view.pods.map(({ ref }) => workloadOf(view.scene, ref)),
    ...view.scene.objects.map(({ ref }) => ref),
  ];
  return named.filter(
    (ref) => (ref.kind === 'Service' || WORKLOADS.includes(ref.kind)) && values.has(ref.name) && inside(ref),
  );
}

/** Labels that tell of the rule and of whom it calls. */
export const OF_THE_RULE = /^(?:alertname|severity|prometheus|cluster|namespace|team|owner|env|environment|region)$/;

/** The line that names a metric and what it is of. */
function rowOf({ item, name, labels: { service = '' } }: SceneAlert): Citation | undefined {
  const index = item.text
    .split('\n')
    .findIndex((line) => service !== '' && line.includes(name) && line.includes(service));
  return index < 0 ? undefined : citeLines(item, index);
}

/** Whether what an alert is about calls, as its own variables say, another that an alert of the same name is about. */
function passesOn(view: View, alert: AlertRecord): boolean {
  const others = view.scene.alerts.filter(
    ({ name, labels }) => name === alert.name && labels.service !== alert.labels.service,
  );
  if (alert.labels.service === undefined || others.length === 0) return false;
  const own = view.scene.objects.find(({ ref }) => WORKLOADS.includes(ref.kind) && ref.name === alert.labels.service);
  const called = servicesIn(view.scene, JSON.stringify(at(own?.object, 'spec', 'template', 'spec') ?? {}));
  return others.some(({ labels }) => called.some(({ ref }) => ref.name === labels.service));
}

export const alertFiring: Analyzer = {
  kind: 'alert-firing',
  stage: 'custom',
  depth: DEPTH.application + 5,
  title: 'An alert fires',
  about: 'Alertmanager says so; what it measures is a symptom of whatever else the evidence shows.',
  remedy: 'Collect what the alert points at and ask again.',
  find: (view) =>
    view.scene.alerts.filter(fires).map((alert): Draft => {
      const { namespace } = alert.labels;
      const [label, kind = ''] = LABELS.find(([key]) => alert.labels[key] !== undefined) ?? [];
      const name = label === undefined ? undefined : alert.labels[label];
      const alone = provenBy(alert);
      const host = /^Node(?!Exporter)/.test(alert.name) ? alert.labels.instance?.replace(/:\d+$/, '') : undefined;
      const object =
        name === undefined
          ? host === undefined
            ? { kind: 'Alert', name: alert.name }
            : { kind: 'Node', name: host }
          : {
              kind,
              name,
              ...(namespace === undefined || /^(?:Node|PersistentVolume)$/.test(kind) ? {} : { namespace }),
            };
      return {
        object: alone === undefined ? object : workloadOf(view.scene, object),
        ...(alone === undefined ? {} : { alone }),
        summary: `The alert ${alert.name} fires${alert.summary === '' ? '' : `: ${alert.summary.slice(0, 240)}`}`,
        // Who calls one that is alerted, too, suffers from it.
        confidence: passesOn(view, alert) ? 0.45 : 0.5,
        severity: 'degraded',
        involves: [object, ...(name === undefined ? meant(view, alert) : [])],
        citations: [rowOf(alert) ?? citeText(alert.item, alert.name)],
        remedies: [look('Look at what the alert points at')],
      };
    }),
};

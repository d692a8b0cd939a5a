import { citeText } from '../../../../src/evidence/cite.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { provenBy } from './alert-proves.ts';

const CALM = /^(Watchdog|DeadMansSwitch|DeadMansSnitch|InfoInhibitor)$/i;

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

export const alertFiring: Analyzer = {
  kind: 'alert-firing',
  stage: 'custom',
  depth: DEPTH.application + 5,
  title: 'An alert fires',
  about: 'Alertmanager says so; what it measures is a symptom of whatever else the evidence shows.',
  remedy: 'Collect what the alert points at and ask again.',
  find: (view) =>
    view.scene.alerts
      .filter((alert) => !CALM.test(alert.name) && !/resolved|inactive|suppressed/i.test(alert.status))
      .map((alert): Draft => {
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
          confidence: 0.5,
          severity: 'degraded',
          involves: [object],
          citations: [citeText(alert.item, alert.name)],
          remedies: [look('Look at what the alert points at')],
        };
      }),
};

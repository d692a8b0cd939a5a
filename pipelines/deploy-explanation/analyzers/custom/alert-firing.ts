import { citeText } from '../../../../src/evidence/cite.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';

const CALM = /^(Watchdog|DeadMansSwitch|DeadMansSnitch|InfoInhibitor)$/i;

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
        const { namespace, pod, deployment } = alert.labels;
        const name = pod ?? deployment;
        const object =
          name === undefined
            ? { kind: 'Alert', name: alert.name }
            : {
                kind: pod === undefined ? 'Deployment' : 'Pod',
                name,
                ...(namespace === undefined ? {} : { namespace }),
              };
        return {
          object,
          summary: `The alert ${alert.name} fires${alert.summary === '' ? '' : `: ${alert.summary.slice(0, 240)}`}`,
          confidence: 0.5,
          severity: 'degraded',
          citations: [citeText(alert.item, alert.name)],
          remedies: [look('Look at what the alert points at')],
        };
      }),
};

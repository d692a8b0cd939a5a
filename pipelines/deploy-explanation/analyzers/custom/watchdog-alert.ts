import { citeText } from '../../../../src/evidence/cite.ts';
import { type Analyzer, DEPTH, type Draft } from '../analyzer.ts';

const NAMES = /^(Watchdog|DeadMansSwitch|DeadMansSnitch|PrometheusAlertmanagerE2eDeadManSwitch|InfoInhibitor)$/i;
const ALWAYS =
  /always (?:be )?firing|should always|entire alerting pipeline is functional|dead ?man'?s ?(?:switch|snitch)/i;

export const watchdogAlert: Analyzer = {
  kind: 'watchdog-alert',
  stage: 'none',
  depth: DEPTH.application,
  title: 'An alert that fires always, on purpose',
  about:
    "Watchdog (dead man's switch) alerts fire all the time to prove that alerting works. Firing is their healthy state.",
  remedy: 'Nothing to do; worry when it stops.',
  find: (view) => {
    const summary =
      'Nothing is broken here: the `Watchdog` alert is meant to fire all the time. It proves that the alerting pipeline works; only its silence would be a problem.';
    const alerts = view.scene.alerts
      .filter((alert) => NAMES.test(alert.name))
      .map(
        (alert): Draft => ({
          object: { kind: 'Alert', name: alert.name },
          summary: summary.replace('Watchdog', alert.name),
          confidence: 0.97,
          severity: 'info',
          citations: [citeText(alert.item, alert.name)],
        }),
      );
    const texts = view.scene.items
      .filter((item) => /\bWatchdog\b/.test(item.text) && ALWAYS.test(item.text))
      .map(
        (item): Draft => ({
          object: { kind: 'Alert', name: 'Watchdog' },
          summary,
          confidence: 0.9,
          severity: 'info',
          citations: [citeText(item, ALWAYS), citeText(item, 'Watchdog')],
        }),
      );
    return [...alerts, ...texts];
  },
};

import { expect, test } from 'vitest';
import { alertsInWords } from '../../src/evidence/console/alerts.ts';
import { podsOfMonitor } from '../../src/evidence/console/monitor.ts';

const told = (text: string) => alertsInWords(text.split('\n')).alerts.map(({ name, status }) => [name, status]);

test('the name of an alert in a configuration is none that fires', () => {
  expect(
    told('inhibit_rules:\n  - source_match:\n      alertname: DiskFull\n      severity: critical\n    equal: [node]'),
  ).toEqual([]);
  expect(told('matchers:\n  - alertname: DiskFull\n  - namespace: shop\n  - pod: web-0')).toEqual([]);
  expect(told('alertname: DiskFull\nseverity: critical\nteam: web')).toEqual([]);
  expect(told('alertname: DiskFull\nnamespace: shop\npod: web-0')).toEqual([['DiskFull', 'firing']]);
  expect(told('[FIRING:1] DiskFull\nalertname: DiskFull\nseverity: critical')).toEqual([['DiskFull', 'firing']]);
});

test('an alert is over where its status says so, above or below its labels', () => {
  expect(told('alertname: DiskFull\nnamespace: shop\npod: web-0\nstatus: resolved')).toEqual([
    ['DiskFull', 'resolved'],
  ]);
  const one = (status: string, name: string) =>
    `- status: ${status}\n  labels:\n    alertname: ${name}\n    namespace: shop\n    pod: web-0`;
  expect(told(`${one('resolved', 'DiskFull')}\n${one('firing', 'PodDown')}`)).toEqual([
    ['DiskFull', 'resolved'],
    ['PodDown', 'firing'],
  ]);
});

test('alerts below a title of Grafana are as it says', () => {
  const one = (name: string) => `Labels:\n - alertname = ${name}\n - topic = orders`;
  expect(told(`**Firing**\n\n${one('Lag')}\n\n${one('Full')}\n\n**Resolved**\n\n${one('Slow')}`)).toEqual([
    ['Lag', 'firing'],
    ['Full', 'firing'],
    ['Slow', 'resolved'],
  ]);
});

test('a monitor is over where its own notification says so', () => {
  const said = 'Pod web-0 is CrashloopBackOff on namespace shop';
  expect(podsOfMonitor(['OK, I take it', said, 'OK thanks'])).toHaveLength(1);
  expect(podsOfMonitor(['[Recovered] pods of shop', said])).toHaveLength(0);
  expect(podsOfMonitor([`[OK] ${said}`])).toHaveLength(0);
});

import { expect, test } from 'vitest';
import {
  expiredByMetric,
  failingByMetric,
  fullByMetric,
} from '../../../pipelines/deploy-explanation/analyzers/running/told-metrics.ts';
import { connectionsCounted } from '../../../pipelines/deploy-explanation/analyzers/startup/connections-counted.ts';
import { replicasAsked } from '../../../pipelines/deploy-explanation/analyzers/startup/replicas-asked.ts';
import { viewOf } from '../../../pipelines/deploy-explanation/view.ts';
import { collect } from '../../../src/evidence/collect.ts';

const view = (...texts: string[]) => viewOf(collect(texts.map((text, i) => ({ name: `${i}.txt`, text }))).items);
const answer = (query: string, ...rows: [labels: object, value: string][]) =>
  view(
    `${JSON.stringify({ tool_name: 'prometheus_query', match_params: { query } })}\n${JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: rows.map(([metric, value]) => ({ metric, value: [1, value] })) },
    })}`,
  );
const told = (drafts: readonly { object: { kind: string; name: string } }[]) =>
  drafts.map(({ object: { kind, name } }) => `${kind} ${name}`);

test('volumes and nodes are full by the share that is left or used, in whatever way it is asked', () => {
  const left = 'kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes';
  expect(
    told(
      fullByMetric(answer(left, [{ persistentvolumeclaim: 'a' }, '0.001'], [{ persistentvolumeclaim: 'b' }, '0.3'])),
    ),
  ).toEqual(['PersistentVolumeClaim a']);
  const used = '100 - (node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes * 100)';
  expect(told(fullByMetric(answer(used, [{ node: 'n1' }, '99.2'], [{ node: 'n2' }, '60'])))).toEqual(['Node n1']);
  const share = 'kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes';
  expect(
    told(
      fullByMetric(answer(share, [{ persistentvolumeclaim: 'a' }, '0.995'], [{ persistentvolumeclaim: 'b' }, '0.1'])),
    ),
  ).toEqual(['PersistentVolumeClaim a']);
});

test('what is always full, and the answer of a comparison, is no full volume', () => {
  const left = 'node_filesystem_avail_bytes / node_filesystem_size_bytes';
  expect(fullByMetric(answer(left, [{ instance: 'n1', fstype: 'squashfs' }, '0']))).toEqual([]);
  expect(fullByMetric(answer(`${left} < bool 0.05`, [{ instance: 'n1' }, '0']))).toEqual([]);
});

test('a certificate is past its end where nothing is left of its time', () => {
  const query = '(probe_ssl_earliest_cert_expiry - time()) / 86400';
  const two = answer(query, [{ instance: 'https://a.example/x' }, '-3'], [{ instance: 'https://b.example' }, '40']);
  expect(told(expiredByMetric(two))).toEqual(['Certificate a.example']);
  expect(expiredByMetric(answer('probe_ssl_earliest_cert_expiry', [{ instance: 'a' }, '1795772400']))).toEqual([]);
});

test('a share of requests that fail counts from five in a hundred', () => {
  const query =
    'sum by (service) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (service) (rate(http_requests_total[5m]))';
  expect(told(failingByMetric(answer(query, [{ service: 'a' }, '0.2'], [{ service: 'b' }, '0.001'])))).toEqual([
    'Workload a',
  ]);
  expect(
    failingByMetric(answer('sum by (service) (rate(http_requests_total[5m]))', [{ service: 'a' }, '0.2'])),
  ).toEqual([]);
});

test('a share that is well is none that fails, however it is asked', () => {
  const of = (query: string, value: string) => failingByMetric(answer(query, [{ service: 'a' }, value]));
  const all = 'sum by (service) (rate(http_requests_total[5m]))';
  const failed = 'sum by (service) (rate(http_requests_total{code=~"5.."}[5m]))';
  expect(of(`1 - ${failed} / ${all}`, '0.999')).toEqual([]);
  expect(told(of(`1 - ${failed} / ${all}`, '0.7'))).toEqual(['Workload a']);
  expect(of(`sum by (service) (rate(http_requests_total{status!="500"}[5m])) / ${all}`, '0.99')).toEqual([]);
  const grpc = 'sum by (service) (rate(grpc_server_handled_total{grpc_code!="OK"}[5m]))';
  expect(told(of(`${grpc} / sum by (service) (rate(grpc_server_handled_total[5m]))`, '0.4'))).toEqual(['Workload a']);
});

test('what MySQL counts as connections since its start is not what is open', () => {
  const rows = (...pairs: [string, number][]) =>
    view(
      `+-----------+-------+\n| Variable_name | Value |\n+-----------+-------+\n${pairs.map(([name, n]) => `| ${name} | ${n} |`).join('\n')}\n+-----------+-------+\n`,
    );
  const open: [string, number] = ['Threads_connected', 12];
  expect(connectionsCounted(rows(['Connections', 123456], ['max_connections', 151], open))).toEqual([]);
});

test('a database that has no connection left says so in one answer or in two', () => {
  const row = (used: number) =>
    view(` max_connections | used\n-----------------+------\n             100 | ${used}\n(1 row)\n`);
  expect(connectionsCounted(row(98))[0]?.summary).toBe('The database has 98 connections of the 100 that it may have');
  expect(connectionsCounted(row(40))).toEqual([]);
});

test('a replica that was asked says that its replay is paused, or that it has lost its primary', () => {
  const asked = (value: string) =>
    replicasAsked(
      view(
        ` pg_is_wal_replay_paused |  delay\n-------------------------+----------\n ${value}                       | 01:00:00\n(1 row)\n`,
      ),
    );
  expect(asked('t')[0]?.summary).toContain('It is 01:00:00 behind');
  expect(asked('f')).toEqual([]);
  const link = (status: string, since: number) =>
    replicasAsked(
      view(
        `# Replication\nrole:slave\nmaster_host:cache-0\nmaster_port:6379\nmaster_link_status:${status}\nmaster_link_down_since_seconds:${since}\n`,
      ),
    );
  expect(link('down', 900)[0]?.summary).toContain('`cache-0:6379` for 900 s');
  expect(link('down', 3)).toEqual([]);
  expect(link('up', 0)).toEqual([]);
});

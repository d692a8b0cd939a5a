import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const POD = 'web-6c8d9f7b5c-x2k4d';
const OTHER = 'jobs-7d9c8b6f5d-2zx8k';
const podsOf = (text: string) =>
  buildScene(collect([{ name: 'paste.txt', text }]).items).logs.map(({ pod }) => pod?.name);

test('a log of which nothing else is known is of the pod that its lines name as their writer', () => {
  for (const text of [
    `{"level":50,"hostname":"${POD}","msg":"connect ECONNREFUSED"}`,
    `2026-11-27T10:00:00Z host:n1 pod_name:${POD} Error: no route`,
    `environment   prod\nserver_name   ${POD}\nConnectionError: refused`,
    `| time | pod | log |\n| 10:00 | ${POD} | Error: refused |`,
    `Workloads > Pods > ${POD} > Logs\nError: refused`,
    `OpenLens - Logs: ${POD} (namespace shop)\nError: refused`,
    `Pod logs for ${POD}\nError: refused`,
  ])
    expect(podsOf(text), text).toEqual([POD]);
});

test('writers of two workloads, and pods that a line only speaks of, tell nothing', () => {
  expect(podsOf(`{"hostname":"${POD}","msg":"error a"}\n{"hostname":"${OTHER}","msg":"error b"}`)).toEqual([undefined]);
  expect(podsOf(`level=error msg="cannot evict" pod=${POD}`)).toEqual([undefined]);
  expect(podsOf(`ERROR cannot reach ${POD}`)).toEqual([undefined]);
  // A host that is no pod.
  expect(podsOf('{"level":50,"hostname":"db-1","msg":"error"}')).toEqual([undefined]);
});

test('a sentence of a program that speaks of a log heads none', () => {
  for (const line of ['INFO shipping logs for order-queue', 'rotating log for audit-trail', 'Log shard-0 opened'])
    expect(podsOf(`${line}\nERROR cannot connect to the database`), line).toEqual([undefined]);
});

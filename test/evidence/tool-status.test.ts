import { expect, test } from 'vitest';
import { toolStatus } from '../../src/evidence/parse/tool-status.ts';

const membersIn = (...lines: string[]) => toolStatus(lines).map(({ object }) => JSON.stringify(object));

test('members of etcd are told by what etcdctl says of its own proposal, also behind a warning', () => {
  const [well, unwell] = membersIn(
    'https://10.0.0.1:2379 is healthy: successfully committed proposal: took = 9.1ms',
    '{"level":"warn","msg":"retrying"}https://10.0.0.2:2379 is unhealthy: failed to commit proposal: context deadline exceeded',
  );
  expect(well).toContain('"status":"True"');
  expect(unwell).toContain('"name":"10.0.0.2:2379"');
  expect(unwell).toContain('"status":"False"');
});

test('what programs log of others is no member, and long lines take no time', () => {
  expect(membersIn('backend:8080 is unhealthy: connect ECONNREFUSED 10.0.0.9:8080')).toEqual([]);
  const lines = [
    `{${'}'.repeat(200_000)}`,
    `{"a":${'{"b":"c:1"},'.repeat(20_000)}`,
    `${'{}'.repeat(100_000)} healthy: `,
  ];
  const start = process.cpuUsage().user;
  expect(membersIn(...lines)).toEqual([]);
  expect((process.cpuUsage().user - start) / 1000).toBeLessThan(1000);
});

test('Cilium leaves out the counts that are nothing', () => {
  const shown = toolStatus([
    ' /¯¯\\__/¯¯\\    Cilium:   3 errors',
    'DaemonSet   cilium   Desired: 3, Unavailable: 3/3',
  ]);
  expect(shown.map(({ object }) => object.status)).toEqual([
    { desiredNumberScheduled: 3, numberReady: 0, numberAvailable: 0 },
  ]);
});

test("a node's peers in its network are told by Calico, with what stands in two lines", () => {
  const shown = toolStatus([
    'IPv4 BGP status',
    '| PEER ADDRESS |     PEER TYPE     | STATE |   SINCE    |           INFO            |',
    '| 10.0.0.12    | node-to-node mesh | start | 2026-11-26 | Active Socket: Connection |',
    '|              |                   |       |            | refused                   |',
    '| 10.0.0.13    | node-to-node mesh | up    | 2026-11-20 | Established               |',
  ]);
  expect(shown.map(({ object }) => object)).toMatchObject([
    {
      metadata: { name: '10.0.0.12' },
      status: { conditions: [{ status: 'False', message: 'start: Active Socket: Connection refused' }] },
    },
    { metadata: { name: '10.0.0.13' }, status: { conditions: [{ status: 'True' }] } },
  ]);
});

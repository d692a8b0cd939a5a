import { expect, test } from 'vitest';
import { isDockerPs, parseDockerPs } from '../../src/evidence/parse/docker-ps.ts';

const PS = `CONTAINER ID   IMAGE        COMMAND     CREATED        STATUS                       PORTS      NAMES
9f0b2c1d7e5a   till:2.2     "/till"     2 hours ago    Restarting (1) 12 secs ago              till
0a1b2c3d4e5f   postgres:16  "/db"       3 weeks ago    Up 3 weeks (healthy)         5432/tcp   db
1a1b2c3d4e5f   seed:1       "/seed"     3 weeks ago    Exited (0) 3 weeks ago                  seed
2a1b2c3d4e5f   proxy:1      "/proxy"    4 minutes ago  Exited (137) 2 minutes ago              proxy
3a1b2c3d4e5f   ui:1         "/ui"       4 minutes ago  Up 4 minutes (unhealthy)     80/tcp     ui
4a1b2c3d4e5f   later:1      "/later"    4 minutes ago  Created                                 later`.split('\n');

test('containers that docker lists are pods with the state that STATUS tells', () => {
  expect(
    parseDockerPs(PS).map(({ object: { metadata, status } }) => ({ ...(metadata as object), ...(status as object) })),
  ).toMatchObject([
    { name: 'till', phase: 'Running', containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
    { name: 'db', phase: 'Running', containerStatuses: [{ ready: true }] },
    { name: 'seed', phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] },
    { name: 'proxy', phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 137 } } }] },
    { name: 'ui', phase: 'Running', containerStatuses: [{ ready: false }] },
  ]);
});

test('Compose lists them by name, and no other table is one', () => {
  const compose = [
    'NAME      IMAGE      COMMAND    SERVICE   CREATED       STATUS                   PORTS',
    'shop-db   mysql:8    "/db"      db        2 hours ago   Exited (1) 2 hours ago',
  ];
  expect(parseDockerPs(compose)[0]?.object.metadata).toEqual({ name: 'shop-db' });
  expect(isDockerPs(['docker_ps(all=true)', ...PS])).toBe(true);
  expect(isDockerPs(['NAME    READY   STATUS    RESTARTS   AGE', 'web-0   1/1     Running   0          1d'])).toBe(
    false,
  );
});

test.each([
  [`podman ps -a --format '{{.Names}} {{.Status}}'`, 'till Exited (1) 5 seconds ago'],
  [`docker ps --format "{{.ID}}\\t{{.Names}}\\t{{.Status}}"`, '9f0b2c1d7e5a\ttill\tExited (1) 5 seconds ago'],
  [`docker ps -a --format 'table {{.Names}}\\t{{.Status}}'`, 'NAMES   STATUS\ntill    Exited (1) 5 seconds ago'],
])('rows of a format of their own: %s', (command, text) => {
  expect(parseDockerPs(text.split('\n'), command).map(({ object }) => object)).toMatchObject([
    {
      metadata: { name: 'till' },
      status: { phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 1 } } }] },
    },
  ]);
  expect(parseDockerPs(text.split('\n'))).toEqual([]);
});

test.each([
  ['dependency failed to start: container a-api-1 exited (3)', { phase: 'Failed' }],
  [
    'dependency failed to start: container a-api-1 is unhealthy',
    { phase: 'Running', containerStatuses: [{ ready: false }] },
  ],
])('a container on which others wait in Compose: %s', (line, status) => {
  expect(parseDockerPs([' ✔ Container a-db-1   Healthy', line]).map(({ object }) => object)).toMatchObject([
    { metadata: { name: 'a-api-1' }, status },
  ]);
});

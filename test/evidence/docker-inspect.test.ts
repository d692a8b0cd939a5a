import { expect, test } from 'vitest';
import { parseDockerInspect } from '../../src/evidence/parse/docker-inspect.ts';

const inspected = (state: object, rest: object = {}) =>
  JSON.stringify([
    {
      Id: 'a'.repeat(64),
      Name: '/kiosk',
      RestartCount: 3,
      State: state,
      Config: { Image: 'kiosk:4', Env: ['LANE=2=b'] },
      ...rest,
    },
  ]);

test('a container that the kernel killed says so, with its limit and environment', () => {
  const text = inspected(
    {
      Status: 'exited',
      Running: false,
      OOMKilled: true,
      ExitCode: 137,
      StartedAt: '2026-03-01T08:00:00Z',
      FinishedAt: '2026-03-01T08:09:00Z',
    },
    { HostConfig: { Memory: 268_435_456 } },
  );
  expect(parseDockerInspect(text)).toMatchObject([
    {
      kind: 'Container',
      metadata: { name: 'kiosk' },
      spec: {
        containers: [
          { image: 'kiosk:4', env: [{ name: 'LANE', value: '2=b' }], resources: { limits: { memory: '256Mi' } } },
        ],
      },
      status: {
        phase: 'Failed',
        containerStatuses: [{ restartCount: 3, state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }],
      },
    },
  ]);
});

test('one that runs is ready unless its health check says no; one that restarts is between two runs', () => {
  const states = [
    { Running: true, ExitCode: 0, StartedAt: '2026-03-01T08:00:00Z' },
    { Running: true, ExitCode: 0, Health: { Status: 'unhealthy' } },
    { Running: false, Restarting: true, ExitCode: 2 },
  ].map((state) => parseDockerInspect(inspected(state))[0]?.status);
  expect(states).toMatchObject([
    { containerStatuses: [{ ready: true }] },
    { containerStatuses: [{ ready: false }] },
    { containerStatuses: [{ ready: false, lastState: { terminated: { exitCode: 2, reason: 'Error' } } }] },
  ]);
});

test('what is no container of an engine gives none', () => {
  expect(parseDockerInspect('[{"Name": "bridge", "Driver": "bridge", "State": {}}]')).toEqual([]);
  expect(parseDockerInspect('[{"State": {"Running": tru')).toEqual([]);
  expect(parseDockerInspect('kiosk  "State"')).toEqual([]);
});

import { expect, test } from 'vitest';
import { engineContainers } from '../../src/evidence/parse/docker-inspect.ts';

const read = (value: unknown) => {
  const source = JSON.stringify(value, null, 4);
  return engineContainers(source.split('\n'), source).map(({ object, index }) => ({ ...object, index }));
};
const inspected = (name: string, state: object, more: object = {}) => ({
  Id: '0c7d',
  Name: `/${name}`,
  State: state,
  RestartCount: 3,
  HostConfig: { Memory: 201326592 },
  Config: { Image: 'bridge:1', Env: ['MODE=a=b'] },
  ...more,
});

test('a container that was written out has the state and limit that the engine says', () => {
  const [killed, again, unwell] = read([
    inspected('bridge', {
      Status: 'exited',
      OOMKilled: true,
      ExitCode: 137,
      StartedAt: '2026-01-02T03:00:00Z',
      FinishedAt: '2026-01-02T03:04:00Z',
    }),
    inspected('again', { Status: 'restarting', ExitCode: 1, StartedAt: '0001-01-01T00:00:00Z' }),
    inspected('unwell', { Status: 'running', Health: { Status: 'unhealthy' } }),
  ]);
  expect(killed).toMatchObject({
    kind: 'Container',
    metadata: { name: 'bridge' },
    spec: {
      containers: [
        { image: 'bridge:1', env: [{ name: 'MODE', value: 'a=b' }], resources: { limits: { memory: '192Mi' } } },
      ],
    },
    status: {
      phase: 'Failed',
      containerStatuses: [
        {
          restartCount: 3,
          state: { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-01-02T03:04:00Z' } },
        },
      ],
    },
    index: undefined,
  });
  expect(again).toMatchObject({
    status: {
      containerStatuses: [
        { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1 } } },
      ],
    },
  });
  expect(unwell).toMatchObject({ status: { phase: 'Running', containerStatuses: [{ ready: false }] } });
});

test('one that was never started, and any other JSON, is none', () => {
  expect(read([inspected('new', { Status: 'created', ExitCode: 0 })])).toEqual([]);
  expect(read({ State: 'active', HostConfig: null })).toEqual([]);
});

const STATE = {
  Status: 'exited',
  Running: false,
  OOMKilled: true,
  ExitCode: 137,
  Error: '',
  FinishedAt: '2026-11-27T09:58:40Z',
};

test('a state alone is of the container that the command names, and of none where no command asks for it', () => {
  const source = JSON.stringify(STATE);
  const by = (command: string) => engineContainers([source], source, command).map(({ object }) => object);
  for (const command of ["docker inspect web --format '{{json .State}}'", "podman inspect -f '{{json .State}}' web"])
    expect(by(command)).toMatchObject([
      {
        metadata: { name: 'web' },
        status: { containerStatuses: [{ state: { terminated: { reason: 'OOMKilled' } } }] },
      },
    ]);
  expect(by('cat state.json')).toEqual([]);
});

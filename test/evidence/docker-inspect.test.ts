import { expect, test } from 'vitest';
import { parseDockerInspect } from '../../src/evidence/parse/docker-inspect.ts';

const STATE = {
  Status: 'exited',
  Running: false,
  OOMKilled: true,
  ExitCode: 137,
  Error: '',
  FinishedAt: '2026-11-27T09:58:40Z',
};
const statusOf = (value: unknown, command: string) =>
  parseDockerInspect(JSON.stringify(value), command).map((one) => JSON.stringify(one));

test('a container is told by its state alone, or by all that is known of it', () => {
  const [alone] = statusOf(STATE, "docker inspect web --format '{{json .State}}'");
  expect(alone).toContain('"name":"web"');
  expect(alone).toContain('"reason":"OOMKilled"');
  const [whole] = statusOf([{ Name: '/web', RestartCount: 3, State: STATE }], 'podman container inspect 0f3a');
  expect(whole).toContain('"restartCount":3');
  const [running] = statusOf(
    { ...STATE, Status: 'running', OOMKilled: false, ExitCode: 0 },
    "docker inspect -f '{{json .State}}' web",
  );
  expect(running).toContain('"ready":true');
});

test('other answers, and those of other commands, are none', () => {
  expect(statusOf([{ Id: 'sha256:1', RepoTags: [] }], 'docker inspect img')).toEqual([]);
  expect(statusOf(STATE, 'cat state.json')).toEqual([]);
  expect(parseDockerInspect('{"OOMKilled": tru', 'docker inspect web')).toEqual([]);
});

import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { shellLine } from '../../src/evidence/prompt.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const items = (text: string) =>
  collect([{ name: 'x', text }]).items.map(({ command, text: said, source }) => [source.kind, command, said]);
const ROWS = 'NAME   READY   STATUS    RESTARTS   AGE\na-0    1/1     Running   0          1d';

test('a prompt alone, and any other command of the same shell, end what was printed before', () => {
  for (const [prompt, next] of [
    ['PS C:\\Users\\me>', 'PS D:\\work>'],
    ['C:\\Users\\me>', 'C:\\work>'],
    ['me@host:~$', 'me@host:~/shop (main) $'],
    ['[me@host ~]$', '[me@host shop]$'],
    ['$', '$'],
  ])
    expect(
      items(`${prompt} kubectl get pods\n${ROWS}\n${next} make run\nError: no such target\n${next}\n`),
      prompt,
    ).toEqual([
      ['table', 'kubectl get pods', ROWS],
      ['log', 'make run', 'Error: no such target'],
    ]);
});

test('what looks like a prompt is a line of a log where no command was called in such a shell', () => {
  const log = '$ node server.js\nlistening\nme@host $ is what it printed';
  expect(items(log)).toEqual([['log', undefined, log]]);
  expect(items(`me@host:~$ kubectl logs a-0\n$ node server.js\nlistening`)).toEqual([
    ['log', 'kubectl logs a-0', '$ node server.js\nlistening'],
  ]);
  expect(items('$ kubectl logs a-0\nyarn run v1.22.22\n$ node server.js\nlistening')).toEqual([
    ['log', 'kubectl logs a-0', 'yarn run v1.22.22\n$ node server.js\nlistening'],
  ]);
  expect(shellLine('total: 5 $')).toBeUndefined();
});

test('what another program of a transcript prints is no log of its one pod', () => {
  const scene = (command: string) =>
    buildScene(collect([{ name: 'x', text: `$ kubectl get pods\n${ROWS}\n$ ${command}\nError: boom\n` }]).items);
  expect(scene('make run').logs).toMatchObject([{ lines: [{ text: 'Error: boom' }] }]);
  expect(scene('make run').logs[0]?.pod).toBeUndefined();
  expect(scene('kubectl logs a-0').logs[0]?.pod?.name).toBe('a-0');
});

const logs = (text: string) =>
  buildScene(collect([{ name: 'x', text }]).items).logs.map(({ pod, lines }) => [
    pod?.name,
    lines.map(({ text: said }) => said),
  ]);

test('what compose prints is of the service that each line names, and of none where a line names none', () => {
  const up =
    'api-1  | Traceback\nAttaching to api-1, db-1\ndb-1   | ready to accept connections\napi-1 exited with code 1';
  for (const runner of ['docker compose up', 'podman compose logs', 'docker-compose up'])
    expect(logs(`$ ${runner}\n${up}`), runner).toEqual([
      ['api', ['Traceback', 'api-1 exited with code 1']],
      [undefined, ['Attaching to api-1, db-1']],
      ['db', ['ready to accept connections']],
    ]);
  expect(logs(up)).toHaveLength(3);
  expect(logs('Traceback\napi-1 exited with code 1\ndb-1  | ready')).toEqual([
    [undefined, ['Traceback']],
    ['api', ['api-1 exited with code 1']],
    ['db', ['ready']],
  ]);
});

test('a log that only shows a table is no output of compose', () => {
  expect(logs('starting\nstep-1 | done\nlistening')).toHaveLength(1);
});

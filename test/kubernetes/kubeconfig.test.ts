import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialsOf } from '../../src/kubernetes/credentials.ts';
import { accessOf } from '../../src/kubernetes/kubeconfig.ts';

const CANARY = 'canary-9911';
const never = new AbortController().signal;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-kubeconfig-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, content: object | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function config(user: object, more: object = {}): object {
  return {
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    'current-context': 'prod',
    ...more,
  };
}

/** The errors of a read, as text; nothing of them may hold what a kubeconfig says of credentials. */
async function failure(read: Promise<unknown>): Promise<string> {
  const error = await read.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(Error);
  expect(`${error}${JSON.stringify(error)}${(error as Error).stack}`).not.toContain(CANARY);
  return `${(error as { code?: string }).code}: ${(error as Error).message}`;
}

describe('a kubeconfig', () => {
  it('is the first that says something, of those that KUBECONFIG lists and that are there', async () => {
    const other = { contexts: [{ name: 'stage', context: { cluster: 'c', user: 'u' } }], 'current-context': 'stage' };
    const KUBECONFIG = [join(folder, 'not-there'), await write('a', config({})), await write('b', other)].join(
      delimiter,
    );
    expect(await accessOf({ kind: 'kubeconfig' }, { KUBECONFIG })).toMatchObject({
      name: 'prod',
      namespace: 'shop',
      cluster: { server: 'https://10.0.0.1:6443' },
    });
    const stage = await accessOf({ kind: 'kubeconfig', context: 'stage' }, { KUBECONFIG });
    expect(stage).toMatchObject({ name: 'stage', user: { name: 'u' } });
    expect(stage.namespace).toBeUndefined();
  });

  it('lies in the home folder by default, and names files beside it', async () => {
    const path = await write('home/.kube/config', config({ 'client-certificate': 'u.crt', 'client-key': 'u.key' }));
    await Promise.all([write('home/.kube/u.crt', 'CERT'), write('home/.kube/u.key', 'KEY')]);
    const access = await accessOf({ kind: 'kubeconfig' }, { HOME: join(path, '../..') });
    const { tls } = await credentialsOf(access, never);
    expect([tls.cert, tls.key].map(String)).toEqual(['CERT', 'KEY']);
  });

  it('that is wrong says what, and nothing of what it holds', async () => {
    const path = (name: string, content: object | string) =>
      write(name, content).then((one) => accessOf({ kind: 'kubeconfig', path: one }));
    expect(await failure(path('yaml', `users: [{name: u, user: {token: ${CANARY}`))).toMatch(
      /does not fit: it is no YAML/,
    );
    const bare = config({ token: CANARY }, { clusters: [{ name: 'c', cluster: {} }] });
    expect(await failure(path('server', bare))).toMatch(/clusters\[0\]\.cluster\.server is missing/);
    expect(await failure(path('cluster', config({ token: CANARY }, { clusters: [] })))).toMatch(
      /names the cluster "c"/,
    );
    expect(await failure(path('user', config({}, { users: [] })))).toMatch(/names the user "u"/);
    expect(await failure(path('none', config({}, { 'current-context': '' })))).toMatch(
      /no current context.*there are: prod/,
    );
    expect(await failure(accessOf({ kind: 'kubeconfig' }, { HOME: join(folder, 'empty') }))).toMatch(
      /kubeconfig-invalid: There is no kubeconfig/,
    );
    expect(await failure(accessOf({ kind: 'in-cluster' }, {}))).toMatch(/runs in no pod/);
  });

  it('is not needed in a pod', async () => {
    const env = { HOME: join(folder, 'empty'), KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const access = await accessOf({ kind: 'kubeconfig' }, env);
    expect(access).toMatchObject({ name: 'in-cluster', cluster: { server: 'https://[fd00::1]:443' } });
    expect(access.namespace).toBeUndefined();
    expect(await accessOf({ kind: 'in-cluster' }, env)).toEqual(access);
  });
});

describe('credentials', () => {
  const of = async (user: object) => {
    const path = await write(`user-${Math.random()}`, config(user));
    return credentialsOf(await accessOf({ kind: 'kubeconfig', path }), never);
  };
  const script = async (name: string, body: string): Promise<string> => {
    const path = await write(name, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o700);
    return path;
  };

  it('are a token, a file with one, a name and password, or whom to act as', async () => {
    expect((await of({ token: 't1' })).headers).toEqual({ authorization: 'Bearer t1' });
    await write('token', 't2\n');
    expect((await of({ tokenFile: 'token' })).headers).toEqual({ authorization: 'Bearer t2' });
    expect((await of({ username: 'a', password: 'b' })).headers).toEqual({ authorization: 'Basic YTpi' });
    expect((await of({ token: 't', as: 'someone', 'as-groups': ['ops', 'dev'] })).headers).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'someone',
      'impersonate-group': ['ops', 'dev'],
    });
  });

  it('come from a plugin, which is told the version it speaks', async () => {
    const command = await script(
      'plugin',
      `case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1beta1*) ;; *) exit 3;; esac
printf '{"status":{"token":"%s-%s"}}' "$1" "$EXTRA"`,
    );
    const exec = { apiVersion: 'client.authentication.k8s.io/v1beta1', command, args: ['one'] };
    expect((await of({ exec: { ...exec, env: [{ name: 'EXTRA', value: 'two' }] } })).headers).toEqual({
      authorization: 'Bearer one-two',
    });
  });

  it('that a plugin does not give are an error with its last words, without secrets', async () => {
    const failing = await script(
      'failing',
      `echo "token=${CANARY}" >&2; echo "session ended, token=${CANARY}" >&2; exit 1`,
    );
    expect(await failure(of({ exec: { command: failing } }))).toMatch(
      /cluster-unauthorized: .* it ended with 1 \(session ended, token=\[redacted/,
    );
    expect(await failure(of({ exec: { command: 'no-such-plugin', installHint: 'Install it.' } }))).toMatch(
      /it is not installed\. Install it\./,
    );
    const silly = await script('silly', 'echo hello');
    expect(await failure(of({ exec: { command: silly } }))).toMatch(/it printed no JSON/);
    expect(await failure(of({ tokenFile: 'gone' }))).toMatch(/could not read the token's file \(ENOENT\)/);
    expect(await failure(of({ 'client-certificate': 'gone.crt' }))).toMatch(/names .*gone\.crt, which cannot be read/);
    expect(await failure(of({ 'auth-provider': { name: 'gcp' } }))).toMatch(/kubectl dropped in 1\.26/);
  });
});

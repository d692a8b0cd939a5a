import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { withPrivateFolder } from '../../src/policy/execute.ts';
import { kyverno } from '../../src/policy/kyverno.ts';
import { kyvernoApply } from '../../src/policy/kyverno-apply.ts';
import { serveOrExecute } from '../../src/policy/served.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'opsline-test-'));
});
afterAll(() => rm(home, { recursive: true }));

/** A program whose every call is answered by the body of a function of the call and of how many there were. */
async function serving(name: string, body: string): Promise<string> {
  const path = join(home, name);
  await writeFile(
    path,
    `#!${process.execPath}
const fs = require('fs');
if (process.argv[2] !== 'serve') { console.log('alone', process.argv.slice(2).join(' ')); process.exit(3); }
fs.appendFileSync(${JSON.stringify(join(home, name))} + '.starts', process.pid + ' ' + process.env.HOME + '\\n');
let calls = 0;
const say = (code, stdout, stderr = '') => process.stdout.write(JSON.stringify({ code, stdout: Buffer.byteLength(stdout), stderr: Buffer.byteLength(stderr) }) + '\\n' + stdout + stderr);
require('readline').createInterface({ input: process.stdin }).on('line', (line) => { const call = JSON.parse(line); calls++; ${body} });
`,
  );
  await chmod(path, 0o700);
  return path;
}

const startsOf = (path: string): string[] => readFileSync(`${path}.starts`, 'utf8').trim().split('\n');
const ask = (path: string, signal: AbortSignal, ...args: string[]) =>
  withPrivateFolder((folder) => serveOrExecute(path, { folder, args, verbose: false }, ['-v', '3'], signal));
const run = () => new AbortController().signal;

describe('a program that serves', () => {
  it('answers calls one after the other in one process', async () => {
    const path = await serving('counts', 'say(0, calls + " " + call.args + " ü\\n", "noted")');
    const signal = run();
    expect(await ask(path, signal, 'a')).toEqual({ code: 0, stdout: '1 a ü\n', stderr: 'noted' });
    expect(await ask(path, signal, 'b', 'c')).toEqual({ code: 0, stdout: '2 b,c ü\n', stderr: 'noted' });
    expect((await ask(path, run(), 'a')).stdout).toBe('3 a ü\n');
    expect(startsOf(path)).toHaveLength(1);
  });

  it('answers calls at once in processes of their own', async () => {
    const path = await serving('slow', 'setTimeout(() => say(0, call.args[0]), 100)');
    const signal = run();
    const said = await Promise.all(['a', 'b', 'c'].map((arg) => ask(path, signal, arg)));
    expect(said.map(({ stdout }) => stdout)).toEqual(['a', 'b', 'c']);
    expect(startsOf(path)).toHaveLength(3);
    await ask(path, signal, 'd');
    expect(startsOf(path)).toHaveLength(3);
  });

  it('ends when nobody asks any more, and leaves nothing behind', async () => {
    const path = await serving('rests', 'say(0, "")');
    await ask(path, run());
    const [pid, folder] = startsOf(path)[0]?.split(' ') ?? [];
    expect(existsSync(folder ?? '')).toBe(true);
    await expect.poll(() => existsSync(folder ?? ''), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => existsSync(`/proc/${pid}/cwd`), { timeout: 10_000 }).toBe(false);
  });

  it('asks a new one where an earlier call may have broken it', async () => {
    const path = await serving('tires', 'if (calls > 1) process.exit(2); say(0, call.args[0])');
    const signal = run();
    expect((await ask(path, signal, 'a')).stdout).toBe('a');
    expect((await ask(path, signal, 'b')).stdout).toBe('b');
    expect(startsOf(path)).toHaveLength(2);
  });

  it('gives the words of one that dies of a call, and starts another for the next', async () => {
    const path = await serving(
      'dies',
      'if (call.args[0] === "bad") { console.error("stack"); process.exit(2); } say(0, "well")',
    );
    const signal = run();
    expect((await ask(path, signal, 'good')).stdout).toBe('well');
    expect(await ask(path, signal, 'bad')).toEqual({ code: 2, stdout: '', stderr: 'stack\n' });
    expect((await ask(path, signal, 'good')).stdout).toBe('well');
    expect(startsOf(path)).toHaveLength(3);
  });

  it('is stopped with its run', async () => {
    const path = await serving('hangs', '');
    const controller = new AbortController();
    const asked = ask(path, controller.signal);
    await expect.poll(() => existsSync(`${path}.starts`)).toBe(true);
    controller.abort(new Error('cancelled'));
    await expect(asked).rejects.toThrow('cancelled');
    await expect.poll(() => existsSync(`/proc/${startsOf(path)[0]?.split(' ')[0]}/cwd`)).toBe(false);
  });

  it('is stopped when it announces more than the limit', async () => {
    const path = await serving(
      'floods',
      'process.stdout.write(JSON.stringify({ code: -1, stdout: call.limit + 1, stderr: 0 }) + "\\n")',
    );
    await expect(ask(path, run())).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringContaining('bytes'),
    });
  });

  it('is run for each call where it does not know how to serve', async () => {
    const path = join(home, 'upstream');
    await writeFile(
      path,
      `#!/bin/sh\nif [ "$1" = serve ]; then echo 'Error: unknown command "serve" for "kyverno"' >&2; echo >> ${path}.starts; exit 1; fi\necho "$@"\n`,
    );
    await chmod(path, 0o700);
    const call = { folder: home, args: ['apply', 'x'], verbose: true };
    const signal = run();
    for (let i = 0; i < 2; i++) {
      expect((await serveOrExecute(path, call, ['-v', '3'], signal)).stdout).toBe('apply x -v 3\n');
    }
    expect(await readFile(`${path}.starts`, 'utf8')).toBe('\n');
  });
});

describe('Kyverno, served', () => {
  beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

  const documents = (...path: string[]): KubeObject[] =>
    parseAllDocuments(readFileSync(join(import.meta.dirname, '../policies', ...path), 'utf8')).map((one) => one.toJS());

  it('says of its version what go.mod pins', async () => {
    expect(await kyverno.version(run())).toMatch(/^\d+\.\d+\.\d+/);
  });

  /** Kyverno as upstream makes it, which starts for each call. */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    const path = join(home, 'alone');
    const real = await program('kyverno');
    await writeFile(
      path,
      `#!/bin/sh\nif [ "$1" = serve ]; then echo 'unknown command "serve"' >&2; exit 1; fi\nexec ${real} "$@"\n`,
    );
    await chmod(path, 0o700);
    const before = process.env.OPSLINE_KYVERNO;
    process.env.OPSLINE_KYVERNO = path;
    try {
      return await work();
    } finally {
      if (before === undefined) delete process.env.OPSLINE_KYVERNO;
      else process.env.OPSLINE_KYVERNO = before;
    }
  }

  it('answers a call after others as a process of its own does', { timeout: 120_000 }, async () => {
    const signal = run();
    const cases = ['cel-hosts-covered', 'annotations-of-flux', 'cel-not-compiled', 'balanced-inside'].map(
      (name) => [documents('kyverno', name, 'policy.yaml'), documents('kyverno', name, 'denied.yaml')] as const,
    );
    const judge = async ([policies, objects]: (typeof cases)[number], noticing: boolean) => {
      const options = ['--policy-report', '--output-format', 'json', '--remove-color'];
      return comparable(await kyvernoApply(policies, objects, options, signal, { noticing }));
    };
    for (const noticing of [false, true]) {
      const each = await alone(() => Promise.all(cases.map((one) => judge(one, noticing))));
      for (const turn of [0, 1]) {
        for (const [at, one] of cases.entries()) expect(await judge(one, noticing), `${turn}`).toEqual(each[at]);
      }
    }
  });

  it('forgets the kinds that a call was given', async () => {
    const definition: KubeObject = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boxes.example.com' },
      spec: {
        group: 'example.com',
        names: { kind: 'Box', plural: 'boxes', singular: 'box', listKind: 'BoxList' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    const policy: KubeObject = {
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'ValidatingPolicy',
      metadata: { name: 'boxes' },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['boxes'] },
          ],
        },
        validations: [{ expression: 'false', message: 'no boxes' }],
      },
    };
    const box: KubeObject = {
      apiVersion: 'example.com/v1',
      kind: 'Box',
      metadata: { name: 'a', namespace: 'default' },
    };
    const judge = async (kinds: readonly KubeObject[]) =>
      comparable(await kyvernoApply([policy], [box], ['--remove-color'], run(), { kinds }));
    const without = await alone(() => judge([]));
    expect((await judge([definition])).stdout).toContain('no boxes');
    expect(await judge([])).toEqual(without);
  });
});

/** Without times, folders and addresses, which differ from call to call. */
function comparable<T extends { stdout: string; stderr: string }>(executed: T): T {
  const bare = (text: string): string =>
    text
      .replaceAll(/opsline-policy-\w+/g, 'FOLDER')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z?|"(?:seconds|nanos)":\d+/g, 'TIME');
  return { ...executed, stdout: bare(executed.stdout), stderr: bare(executed.stderr) };
}

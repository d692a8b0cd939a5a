import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyze } from '../../../pipelines/deploy-explanation/analyze.ts';
import { imageOf, tagsOf } from '../../../pipelines/deploy-explanation/commands/images.ts';
import { collect } from '../../../src/evidence/collect.ts';
import { describe as describeObject, endedLogs, list } from '../../../src/evidence/commands/kubectl.ts';
import { nameOf, typeOf } from '../../../src/evidence/commands/names.ts';
import { command, inTurn, operand, piped, savedThen } from '../../../src/evidence/commands/shell.ts';
import type { ContainerView, PodView } from '../../../src/evidence/pods.ts';
import { faultTexts } from '../../helpers/fault-texts.ts';

/** Programs that print how a shell called them, and do nothing else. */
const PROGRAMS =
  'kubectl helm argocd kustomize docker skopeo flux oc grep tofu nix curl npm pnpm yarn cargo go poetry uv bundle composer df du git ls tc journalctl systemctl nslookup openssl opsline'.split(
    ' ',
  );
/** What the stand-ins end an argument and a call with: no word of a command holds such characters. */
const [WORD, CALL] = ['\u0001', '\u0002\u0001'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsline-commands-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'work'));
  for (const name of PROGRAMS) {
    const file = join(folder, 'bin', name);
    // Above standard output, so that pipes and files do not keep it.
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\001' "${name}" "$@" '\u0002' >&3\n`);
    chmodSync(file, 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The calls that a shell makes of a text, each as its words; without an environment, in an empty folder. */
function calls(text: string): string[][] {
  const out = execFileSync('/bin/sh', ['-c', `exec 3>&1 >/dev/null\n${text}\n`], {
    cwd: join(folder, 'work'),
    env: { PATH: join(folder, 'bin') },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return out
    .split(CALL)
    .slice(0, -1)
    .map((call) => call.split(WORD).slice(0, -1));
}

const nasty = fc.constantFrom(
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '; touch pwned #',
  '&& touch pwned',
  '| touch pwned',
  '> pwned',
  '\\',
  '"',
  "'",
  '*',
  '~',
  '$IFS',
  '-x',
  '=ls',
  'a b',
  'ä',
  '!!',
);
const words = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.array(nasty, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constant('') },
  ),
  { maxLength: 5 },
);

test('a shell reads exactly the words that a command was made of', () => {
  fc.assert(
    fc.property(fc.array(words, { minLength: 20, maxLength: 20 }), (lists) => {
      const made = lists.map((list) => command('kubectl', ...list) as string);
      expect(calls(made.join('\n'))).toEqual(lists.map((list) => ['kubectl', ...list]));
    }),
    { numRuns: 20 },
  );
  expect(readdirSync(join(folder, 'work'))).toEqual([]);
});

test('what would not be seen on a terminal, and what is missing, makes no command', () => {
  for (const word of ['a\nb', 'a\u001b[2J', 'a\u202eb', 'a\u2028b', '\0', undefined])
    expect(command('kubectl', 'get', word)).toBeUndefined();
  expect(operand('-o')).toBeUndefined();
  expect(operand('')).toBeUndefined();
  expect(operand('shop')).toBe('shop');
  expect(piped(command('kubectl', 'get', 'pods'), undefined)).toBeUndefined();
});

test('commands are put together with pipes, in turn, and with a file between', () => {
  const [get, grep] = [command('kubectl', 'get', 'pods'), command('grep', '-F', "it's")];
  expect(calls(piped(get, grep) ?? '').toSorted()).toEqual([
    ['grep', '-F', "it's"],
    ['kubectl', 'get', 'pods'],
  ]);
  expect(calls(inTurn(get, grep) ?? '')).toEqual([
    ['kubectl', 'get', 'pods'],
    ['grep', '-F', "it's"],
  ]);
  expect(calls(savedThen(get, 'a file', grep) ?? '')).toHaveLength(2);
  expect(readdirSync(join(folder, 'work'))).toEqual(['a file']);
  rmSync(join(folder, 'work', 'a file'));
});

test('only names that the API server would admit get into commands', () => {
  const legal = ['web', 'a.b-c.example', '0', 'x'.repeat(253)];
  const not = ['Web', '-web', 'web-', 'a..b', 'a_b', 'a/b', '', 'x'.repeat(254), 'a b', '(unnamed)', '$(id)', 'web;id'];
  for (const name of legal) expect(nameOf({ kind: 'Pod', name })).toBe(name);
  for (const name of not) expect(nameOf({ kind: 'Pod', name })).toBeUndefined();
  // Names of RBAC are free for more.
  expect(nameOf({ kind: 'ClusterRole', name: 'system:node' })).toBe('system:node');
  expect(nameOf({ kind: 'ClusterRole', name: '--all' })).toBeUndefined();
  expect(describeObject({ kind: 'Pod', name: 'web', namespace: 'shop; rm -rf /' })).toBeUndefined();
  expect(list('pods', undefined)).toBe('kubectl get pods');
});

test('a kind of another group than the own ones of the API server is called with it', () => {
  expect(typeOf({ kind: 'Deployment', apiVersion: 'apps/v1' })).toBe('deployment');
  expect(typeOf({ kind: 'Ingress', apiVersion: 'networking.k8s.io/v1' })).toBe('ingress');
  expect(typeOf({ kind: 'Role', apiVersion: 'rbac.authorization.k8s.io/v1' })).toBe('role');
  expect(typeOf({ kind: 'Pod' })).toBe('pod');
  expect(typeOf({ kind: 'Gateway', apiVersion: 'gateway.networking.k8s.io/v1' })).toBe(
    'gateway.gateway.networking.k8s.io',
  );
  expect(describeObject({ kind: 'Cluster', apiVersion: 'postgresql.cnpg.io/v1', namespace: 'db', name: 'main' })).toBe(
    'kubectl describe cluster.postgresql.cnpg.io main -n db',
  );
  expect(typeOf({ kind: 'X', apiVersion: '$(id)/v1' })).toBeUndefined();
});

test('images are words only where they are images; their tags are listed by what can', () => {
  expect(imageOf('reg.example.com:5000/shop/web:5.1.0@sha256:0ab1')).toBe(
    'reg.example.com:5000/shop/web:5.1.0@sha256:0ab1',
  );
  expect(imageOf('reg/x:1`id`')).toBeUndefined();
  expect(tagsOf('reg.example.com:5000/shop/web:5.1.0')).toBe('skopeo list-tags docker://reg.example.com:5000/shop/web');
  expect(tagsOf('web:5')).toBe('skopeo list-tags docker://web');
  expect(tagsOf('--help')).toBeUndefined();
});

const UP: ContainerView = { name: 'app', init: false, image: '', spec: {}, running: true, ready: true, restarts: 0 };
function pod(containers: readonly ContainerView[], rowStatus?: string): PodView {
  const ref = { kind: 'Pod', name: 'web-1', namespace: 'shop' };
  const source = { ref, object: {}, sightings: [] };
  const row = rowStatus === undefined ? {} : { rowStatus };
  return { ref, source, phase: '', containers, ready: false, completed: false, labels: {}, ...row };
}

test('the log of the run before is asked for only where there was one', () => {
  const ended = { ...UP, running: false, ready: false, terminated: { reason: 'Error', message: '', exitCode: 1 } };
  const again = { ...ended, restarts: 3 };
  expect(endedLogs(pod([ended]))).toBe('kubectl logs web-1 -n shop');
  expect(endedLogs(pod([again]))).toBe('kubectl logs web-1 -n shop --previous');
  expect(endedLogs(pod([UP, { ...again, name: 'mesh' }]))).toBe('kubectl logs web-1 -n shop -c mesh --previous');
  expect(endedLogs(pod([{ ...again, name: 'wait-db', init: true }, UP]))).toBe(
    'kubectl logs web-1 -n shop -c wait-db --previous',
  );
  expect(endedLogs(pod([{ ...again, name: '' }], 'Init:CrashLoopBackOff'))).toBe(
    'kubectl logs web-1 -n shop --all-containers --previous',
  );
});

const NAME = /\b(?:name|namespace|image|Name|Namespace|Image|nodeName|serviceAccountName)("?: *"?)([a-z0-9][\w./:-]*)/g;

/** Evidence whose names are what an attacker would call things. */
function hostile(text: string, payload: string): string {
  return text.replace(
    NAME,
    (all, colon: string, name: string) =>
      all.slice(0, -name.length) + (colon.endsWith('"') ? payload.replaceAll('"', '') : payload),
  );
}

test('no command of an answer lets a name of the evidence out of its word', () => {
  const payloads = [
    "x'; touch pwned; '",
    'x$(touch pwned)',
    'x`touch pwned`',
    'x; touch pwned',
    'x | touch pwned',
    '--pwned',
  ];
  // Every second one: they are many, and few of them make a command of their own.
  const texts = faultTexts().filter((_text, index) => index % 2 === 0);
  const found = new Set<string>();
  for (const [index, text] of texts.entries()) {
    const { items } = collect([{ name: 'x', text: hostile(text, payloads[index % payloads.length] ?? '') }]);
    for (const { remedies } of analyze(items))
      for (const remedy of remedies) if (remedy.command) found.add(remedy.command);
  }
  expect(found.size).toBeGreaterThan(100);
  const all = [...found];
  const made = calls(all.join('\n'));
  expect(readdirSync(join(folder, 'work')).filter((file) => file !== 'policies.yaml')).toEqual([]);
  for (const [program = '', ...args] of made) {
    expect(PROGRAMS).toContain(program);
    expect(args.filter((word) => word.startsWith('--pwned'))).toEqual([]);
    // A payload is in a word whole, or not at all.
    for (const word of args)
      if (word.includes('touch')) expect(payloads.some((payload) => word.includes(payload))).toBe(true);
  }
}, 120_000);

test('every command is made in one place', () => {
  const root = join(import.meta.dirname, '../../..');
  const files = ['pipelines/deploy-explanation', 'src/evidence'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(room, file)),
  );
  const casts = files.filter((file) => /\bas Command\b/.test(readFileSync(join(root, file), 'utf8')));
  expect(casts).toEqual(['src/evidence/commands/shell.ts']);
  // The schema takes any text: none is written there by hand.
  const byHand = files.filter((file) =>
    /\bcommand: [`']/.test(readFileSync(join(root, file), 'utf8').replaceAll("command: 'runs a", '')),
  );
  expect(byHand).toEqual([]);
});

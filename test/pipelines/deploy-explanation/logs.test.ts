import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { legible } from '../../../src/evidence/legible.ts';
import { excerptStream } from '../../../src/evidence/logs/stream.ts';
import type { EvidenceFile } from '../../../src/evidence/model.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { faultTexts } from '../../helpers/fault-texts.ts';

async function explain(evidence: readonly EvidenceFile[]): Promise<Explanation> {
  const record = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  expect(record.run.error).toBeUndefined();
  return record.run.output as Explanation;
}

const noise = (count: number, time = '2026-11-02T09:00:00Z') =>
  Array.from({ length: count }, (_, n) => `${time} INFO request ${n} served in ${n % 90} ms`);
const REFUSED = 'dial tcp 10.0.0.7:5432: connect: connection refused';

async function streamed(name: string, text: string): Promise<EvidenceFile> {
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  return (await excerptStream(bytes, name)) as EvidenceFile;
}

test('a big log that was cut while it was read gives the answer and the line numbers of the whole', async () => {
  const lines = [...noise(20_000), ...Array.from({ length: 57 }, () => `ERROR ${REFUSED}`), ...noise(20_000)];
  const output = await explain([await streamed('api.log', lines.join('\n'))]);
  expect(output.rootCause?.kind).toBe('cannot-connect');
  expect(output.rootCause?.summary).toContain('57 such lines');
  const [citation] = output.findings[0]?.citations ?? [];
  expect(citation?.lines).toEqual({ from: 20_001, to: 20_001 });
  expect(lines[20_000]).toContain(citation?.quote);
  expect(output.notSeen.join()).toContain('lines of api.log repeat or tell nothing');
  const whole = await explain([{ name: 'api.log', text: lines.join('\n') }]);
  expect(output.findings).toEqual(whole.findings);
});

const EXISTS = 'psycopg2.errors.DuplicateColumn: column "sku" of relation "item" already exists';

test.each([
  [
    'Running migrations:\n  Applying stock.0003_a... OK\n  Applying stock.0004_sku...Traceback (most recent call last):',
    'stock.0004_sku',
  ],
  [
    'INFO  [alembic.runtime.migration] Running upgrade 77aa -> 91bc, add sku\nTraceback (most recent call last):',
    '91bc',
  ],
  ['== 20260102030405 AddSku: migrating ======\n-- add_column(:items, :sku, :text)', 'AddSku'],
])('a migration that fails is named as its tool began it: %#', async (begun, name) => {
  const { rootCause } = await explain([{ name: 'api.log', text: `${begun}\n${EXISTS}\n` }]);
  expect(rootCause?.summary).toContain(`the database migration \`${name}\` failed`);
});

test.each([
  'INFO  [alembic.runtime.migration] Running upgrade 77aa -> 91bc, add sku\nINFO serving on 8080',
  '== 20260102030405 AddSku: migrating ======\n== 20260102030405 AddSku: migrated (0.0100s) ======',
])('a migration that was done is not the one that fails: %#', async (done) => {
  const { rootCause } = await explain([{ name: 'api.log', text: `${done}\nERROR ${EXISTS}\n` }]);
  expect(rootCause?.kind).toBe('migration-failed');
  expect(rootCause?.summary).not.toMatch(/91bc|the database migration `AddSku`/);
});

test.each([
  ["Error: EACCES: permission denied, mkdir '/srv/cache'\n    at /app/server.js:9:4", '/srv/cache'],
  [
    'ErrorException: file_put_contents(/srv/views/a.php): Failed to open stream: Permission denied at /srv/vendor/Files.php:20',
    '/srv/views/a.php',
  ],
  ['fatal: open /srv/wal: permission denied', '/srv/wal'],
  ['mkdir: cannot create directory /srv/tmp: Permission denied', '/srv/tmp'],
])('the path that is refused is named, not the file that tells of it: %#', async (line, path) => {
  const { rootCause } = await explain([{ name: 'api.log', text: `starting\n${line}\n` }]);
  expect(rootCause?.summary).toContain(`it has no permission for \`${path}\``);
});

test('a recovery thousands of lines later makes the error history', async () => {
  const lines = [...noise(3000), `ERROR ${REFUSED}`, ...noise(3000), 'INFO reconnected to the database', ...noise(40)];
  expect((await explain([{ name: 'api.log', text: lines.join('\n') }])).rootCause).toBeUndefined();
});

const POD = (name: string, replicaSet: string, ready: boolean) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
  ownerReferences:
  - apiVersion: apps/v1
    kind: ReplicaSet
    name: ${replicaSet}
status:
  phase: Running
  containerStatuses:
  - name: app
    ready: ${ready}
    restartCount: ${ready ? 0 : 5}
    state: ${ready ? '{running: {}}' : '{waiting: {reason: CrashLoopBackOff}}'}
    lastState: ${ready ? '{}' : '{terminated: {reason: Error, exitCode: 1}}'}
---
`;
const REPLICA_SET = (name: string, time: string) => `apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: ${name}
  namespace: shop
  creationTimestamp: "${time}"
  ownerReferences:
  - apiVersion: apps/v1
    kind: Deployment
    name: api
---
`;

test.each(['by the pod of the older ReplicaSet', 'by the time of the lines'])(
  'what is new since the rollout is said, %s',
  async (how) => {
    const [old, current] = ['api-6c5d4b7f9c-aaaaa', 'api-7f9c6c5d4b-bbbbb'];
    const usual = [
      ...noise(50, '2026-11-02T08:00:00Z'),
      '2026-11-02T08:30:00Z ERROR queue full: dial tcp 10.0.0.9:5672: i/o timeout',
    ];
    const since = [
      '2026-11-02T09:10:00Z ERROR queue full: dial tcp 10.0.0.9:5672: i/o timeout',
      `2026-11-02T09:10:01Z FATAL ${REFUSED}`,
    ];
    const evidence = (before: readonly string[]) => [
      {
        name: 'objects.yaml',
        text: `${REPLICA_SET('api-6c5d4b7f9c', '2026-11-01T09:00:00Z')}${REPLICA_SET('api-7f9c6c5d4b', '2026-11-02T09:00:00Z')}${POD(old, 'api-6c5d4b7f9c', true)}${POD(current, how.startsWith('by the pod') ? 'api-7f9c6c5d4b' : '', false).replace('    name: \n', '    name: api-7f9c6c5d4b\n')}`,
      },
      ...(how.startsWith('by the pod')
        ? [
            { name: `${old}.log`, text: before.map((line) => line.replace(/^\S+ /, '')).join('\n') },
            { name: `${current}.log`, text: since.map((line) => line.replace(/^\S+ /, '')).join('\n') },
          ]
        : [{ name: `${current}.log`, text: [...before, ...since].join('\n') }]),
    ];
    const said = 'no line like it was logged before the rollout';
    const output = await explain(evidence(usual));
    expect(output.rootCause?.kind).toBe('cannot-connect');
    expect(output.rootCause?.summary).toContain(said);
    const known = await explain(evidence([...usual, `2026-11-02T08:40:00Z FATAL ${REFUSED}`]));
    expect(JSON.stringify(known.findings)).not.toContain(said);
    // Too little is known of before.
    expect(JSON.stringify((await explain(evidence(usual.slice(-3)))).findings)).not.toContain(said);
  },
);

const CRASHING = POD('api-7f9c6c5d4b-bbbbb', 'api-7f9c6c5d4b', false);

test.each([
  [
    'an echo',
    ['ERROR license of the plugin is void', 'INFO cleaning up', 'FATAL exiting with status 3'],
    'license of the plugin is void',
  ],
  [
    'a first fatal line',
    ['ERROR one metric was lost', 'FATAL the license is void', 'FATAL the second thread ends'],
    'the license is void',
  ],
  ['a retry', ['ERROR license server slow, will retry', 'ERROR the license is void'], 'the license is void'],
  [
    'a chain of causes',
    [
      'ERROR start of the module',
      'shop.Start: no',
      '\tat shop.A.b(A.java:1)',
      'Caused by: shop.Void: the license is void',
      '\tat shop.C.d(C.java:2)',
      'INFO bye',
    ],
    'Caused by: shop.Void: the license is void',
  ],
])('a crash of no known kind is told by its first decisive line, and not by %s', async (_, lines, expected) => {
  const output = await explain([
    { name: 'pod.yaml', text: CRASHING },
    { name: 'api-7f9c6c5d4b-bbbbb.log', text: ['INFO starting', ...lines].join('\n') },
  ]);
  const finding = output.findings.find(({ kind }) => kind === 'crash-unexplained');
  expect(finding?.summary).toContain(expected);
  expect(finding?.citations[0]?.quote).toContain(expected);
});

const LOGS = faultTexts({ stage: 'startup', ending: '.log' });
const CANARIES = [
  'ERROR cannot login: postgres://app:canary-one@db.shop.svc:5432/app refused',
  'FATAL password=canary-two was denied',
  'panic: Authorization: Bearer canary-three-0123456789 expired',
  '{"level":"error","msg":"failed","api_key":"canary-four-0123456789"}',
  'Caused by: shop.Denied: token ghp_canarycanarycanarycanarycanary1 is invalid',
];

test('whatever the log, planted secrets are in no part of the answer, and every citation stands in the text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...LOGS),
      fc.array(fc.tuple(fc.nat(60), fc.constantFrom(...CANARIES)), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 700 }),
      fc.boolean(),
      async (log, planted, more, stream) => {
        const lines = [...log.split('\n'), ...noise(more)];
        for (const [at, canary] of planted) lines.splice(at, 0, canary);
        const text = lines.join('\n');
        const output = await explain([stream ? await streamed('api.log', text) : { name: 'api.log', text }]);
        expect(JSON.stringify(output)).not.toContain('canary');
        const read = legible(text).split('\n');
        const items = new Map(output.evidence.map((item) => [item.id, item]));
        for (const { evidence, lines: range, quote } of output.findings.flatMap(({ citations }) => citations)) {
          const item = items.get(evidence);
          expect(item?.text).toContain(quote);
          const shown = item?.text.split('\n')[(range?.from ?? 0) - (item?.lines.from ?? 0)] ?? '';
          expect(shown).toContain(quote.split('\n')[0]);
          if (!shown.includes('[redacted')) expect(read[(range?.from ?? 0) - 1]).toBe(shown);
        }
      },
    ),
    { numRuns: 80 },
  );
});

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gather } from '../../../pipelines/deploy-explanation/gather.ts';
import { collect } from '../../../src/evidence/collect.ts';
import { excerptStream } from '../../../src/evidence/logs/stream.ts';
import type { EvidenceFile } from '../../../src/evidence/model.ts';
import { faultTexts } from '../../helpers/fault-texts.ts';
import { utf16 } from '../utf16.ts';

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const streamed = async (text: string | Buffer, size = 4096): Promise<EvidenceFile> =>
  (await excerptStream(chunks(Buffer.from(text), size), 'x.log')) as EvidenceFile;

const noise = (count: number) =>
  Array.from({ length: count }, (_, n) => `2026-11-02T09:00:00Z INFO request ${n} served in ${n % 90} ms`);

/** Items hold the lines of the whole text that they name. */
function expectTrue(file: EvidenceFile, text: string): void {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  for (const item of collect([file]).items)
    expect(item.text).toBe(lines.slice(item.lines.from - 1, item.lines.to).join('\n'));
}

test('of a big log excerpts stay, with the line numbers of the whole, and what is missing is said', async () => {
  const text = [...noise(50_000), 'FATAL no route to db', ...noise(50_000)].join('\n');
  const file = await streamed(text);
  expect(file.text.length).toBeLessThan(20_000);
  expectTrue(file, text);
  const { items, cut } = collect([file]);
  expect(
    items.some(({ lines, text: shown }) => shown.includes('FATAL') && lines.from <= 50_001 && lines.to >= 50_001),
  ).toBe(true);
  expect(cut.join()).toMatch(/of 100001 lines of x\.log .* left out/);
});

test('of a transcript the logs are cut and all else is kept', async () => {
  const table = [
    'NAME   READY   STATUS    RESTARTS   AGE',
    ...Array.from({ length: 900 }, (_, n) => `web-${n}   1/1     Running   0          1m`),
  ];
  const text = [
    '$ kubectl get pods -n shop',
    ...table,
    '$ kubectl logs api-1 -n shop',
    ...noise(3000),
    'ERROR no route to db',
    ...noise(3000),
    '$ kubectl get pods -n shop',
    ...table,
  ].join('\n');
  const file = await streamed(text);
  expectTrue(file, text);
  const { items } = collect([file]);
  const tables = items.filter(({ source }) => source.kind === 'table');
  expect(tables.map((item) => item.text)).toEqual([table.join('\n'), table.join('\n')]);
  const log = items.find((item) => item.text.includes('ERROR no route'));
  expect(log).toMatchObject({
    object: { kind: 'Pod', name: 'api-1', namespace: 'shop' },
    command: 'kubectl logs api-1 -n shop',
  });
});

test('a big object is no log: it is kept whole, and refused where it is too big', async () => {
  const values = (count: number) => Array.from({ length: count }, (_, n) => `  key-${n}: ${'v'.repeat(80)}`);
  const object = (count: number) =>
    ['apiVersion: v1', 'kind: ConfigMap', 'metadata:', '  name: big', 'data:', ...values(count)].join('\n');
  expect(await streamed(object(5000))).toEqual({ name: 'x.log', text: object(5000) });
  await expect(streamed(object(100_000), 65_536)).rejects.toMatchObject({ code: 'payload-too-large' });
});

test('gzip and UTF-16 are read, binary content is none, damage is said', async () => {
  const text = [...noise(900), 'FATAL bye'].join('\n');
  const plain = await streamed(text);
  expect(await streamed(gzipSync(text), 100)).toEqual(plain);
  expect(await streamed(utf16(text), 99)).toEqual(plain);
  expect(await excerptStream(chunks(Buffer.from([1, 0, 2]), 10), 'x')).toBeUndefined();
  await expect(streamed(gzipSync(text).subarray(0, 900))).rejects.toMatchObject({ code: 'evidence-unreadable' });
});

test('no part of a secret of several lines is kept without what makes it one', async () => {
  const canary = (n: number) => `canary${n}error${'Ab1'.repeat(12)}`;
  const secrets = [
    [
      '-----BEGIN RSA PRIVATE KEY-----',
      ...Array.from({ length: 20 }, (_, n) => canary(n)),
      '-----END RSA PRIVATE KEY-----',
    ],
    ['data:', `  error-token: ${canary(1)}`, `  other: ${canary(2)}`, 'kind: Secret', 'metadata:', '  name: failed'],
    ['- name: DB_PASSWORD', `  value: ${canary(3)}`],
    [`ERROR password=${canary(4)}`, `ERROR login postgres://app:${canary(5)}@db:5432/x failed`],
  ];
  for (const secret of secrets)
    for (const size of [7, 4096]) {
      const text = [...noise(600), ...secret, ...noise(600), ...secret, 'FATAL the end'].join('\n');
      const { items } = gather({ evidence: [await streamed(text, size)] });
      expect(JSON.stringify(items)).not.toContain('canary');
      expect(JSON.stringify(items)).toContain('FATAL the end');
    }
});

const texts = faultTexts();

test('any text, however it is cut into chunks: what is kept stands in it at the lines that are named', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.constantFrom(...texts),
          fc.string(),
          fc.nat(1500).map((n) => noise(n).join('\n')),
        ),
        { maxLength: 6 },
      ),
      fc.integer({ min: 1, max: 9000 }),
      async (parts, size) => {
        const text = parts.join('\n').replaceAll('\0', ' ');
        if (text === '' || text.charCodeAt(0) > 126) return;
        const file = await streamed(text, size);
        expectTrue(file, Buffer.from(text).toString());
      },
    ),
    { numRuns: 60 },
  );
});

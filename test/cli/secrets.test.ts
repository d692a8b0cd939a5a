import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';

const canary = 'q7Xk2mZp9Lw4Tn';
const key = `MIIEowIBAAKCAQEA${canary}aterial0123456789abcdefghijklmnop`;
const log = [
  '-----BEGIN RSA PRIVATE KEY-----',
  key,
  key,
  '-----END RSA PRIVATE KEY-----',
  `SMTP_PASS=${canary}`,
  `mysql -uroot -p${canary} shop`,
  `Cookie: session=${canary}`,
  `GET https://bucket.example/x?X-Amz-Signature=${canary}${canary}`,
  `2026-11-24T02:20:02Z FATAL auth with password "${canary} mine": dial tcp: lookup nosuch.shop.svc: no such host`,
  JSON.stringify({
    level: 'error',
    msg: `apply: kind: Secret\ndata:\n  a: ${canary}\nstringData:\n  b: |\n    ${canary}\n`,
  }),
  JSON.stringify({ level: 'error', msg: JSON.stringify({ passwords: [canary], credentials: canary }) }),
  JSON.stringify({ outputs: { db: { sensitive: true, type: 'string', value: canary } } }),
  `pool u:${canary}@db:5432/shop closed`,
].join('\n');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-secrets-'));
  await writeFile(join(folder, 'app.log'), log);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['text', 'md', 'json', 'html'])('explain -o %s shows no secret', async (format) => {
  const record = join(folder, `${format}.record.json`);
  const { stdout, stderr } = await cli(['explain', join(folder, 'app.log'), '-o', format, '--record', record]);
  expect(stdout).toContain('nosuch.shop.svc');
  expect(stdout + stderr).not.toContain(canary);
  const { readFile } = await import('node:fs/promises');
  expect(await readFile(record, 'utf8')).not.toContain(canary);
});

test('a citation behind a private key points at its line', async () => {
  const { stdout } = await cli(['explain', join(folder, 'app.log'), '-o', 'json']);
  const { findings } = JSON.parse(stdout) as { findings: { citations: { lines?: { from: number } }[] }[] };
  expect(findings.flatMap(({ citations }) => citations).map(({ lines }) => lines?.from)).toContain(9);
});

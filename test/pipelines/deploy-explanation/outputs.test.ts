import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keeps } from '../../../pipelines/deploy-explanation/analyzers/infrastructure/stateful.ts';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { plainLine } from '../../../src/evidence/parse/ci.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const ROOT = join(import.meta.dirname, '../../faults');

async function explain(files: Readonly<Record<string, string>>): Promise<Explanation> {
  const evidence = Object.entries(files).map(([name, text]) => ({ name, text }));
  const record = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  expect(record.run.error).toBeUndefined();
  return record.run.output as Explanation;
}

function fault(path: string): Record<string, string> {
  const folder = join(ROOT, path);
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('what CI systems and terminals put around a line', () => {
  test.each([
    ['2026-11-02T09:00:00.1234567Z   12:7  error', '  12:7  error'],
    ['build\tRun tests\t2026-11-02T09:00:00.1234567Z FAIL a.test.ts', 'FAIL a.test.ts'],
    ['[2026-11-02T09:00:00.123Z] + make', '+ make'],
    ['2026-11-02T09:00:00.123456Z 00O $ make', '$ make'],
    ['\u001b[31;1mERROR: Job failed\u001b[0;m', 'ERROR: Job failed'],
    ['section_start:1793602801:step\r\u001b[0KExecuting', 'Executing'],
    ['10 %\r50 %\r100 %', '100 %'],
    ['\u001b]8;;https://rules.example.com\u0007no-var\u001b]8;;\u0007', 'no-var'],
  ])('%j', (raw, plain) => {
    expect(plainLine(raw)).toBe(plain);
  });
});

test('a build that fails keeps its answer and its lines in a log of any length', async () => {
  const decisive = "src/order.ts(41,9): error TS2304: Cannot find name 'shippingCost'.";
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 3000 }), async (before, after) => {
      const noise = (count: number, word: string) =>
        Array.from({ length: count }, (_, index) => `2026-11-02T09:00:00.0Z ${word} ${index} of ${count} in 3 ms`);
      const lines = [...noise(before, 'fetched'), `2026-11-02T09:00:01.0Z ${decisive}`, ...noise(after, 'stored')];
      const output = await explain({
        'job.log': [...lines, '##[error]Process completed with exit code 2.'].join('\n'),
      });
      expect(output.rootCause?.kind).toBe('compilation-failed');
      expect(output.findings[0]?.citations[0]).toMatchObject({ lines: { from: before + 1, to: before + 1 } });
      expect(output.findings[0]?.citations[0]?.quote).toContain(decisive);
    }),
    { numRuns: 25 },
  );
});

test('the first decisive error is the cause; what the tools around it say are its symptoms', async () => {
  const output = await explain(fault('build/compilation-failed_in-docker-named-cause/as-found'));
  const root = output.findings.find(({ kind }) => kind === 'compilation-failed');
  const step = output.findings.find(({ kind }) => kind === 'docker-step-failed');
  expect(step?.object).toMatchObject({ kind: 'Dockerfile', path: 'line 11' });
  expect(step?.symptomOf).toEqual([root?.id]);
  expect(output.chain.map(({ kind }) => kind)).toEqual(['compilation-failed', 'docker-step-failed']);
});

test('an image that was not built explains the pull that fails, and another image does not', async () => {
  const files = fault('build/docker-step-failed_then-no-image/as-found');
  const pull = (output: Explanation) => output.findings.find(({ kind }) => kind === 'image-not-found');
  expect(pull(await explain(files))?.symptomOf.length).toBeGreaterThan(0);
  const other = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      name === 'ci.log' ? text.replaceAll('checkout:2.9.9', 'checkout:2.9.90') : text,
    ]),
  );
  expect(pull(await explain(other))?.symptomOf).toEqual([]);
});

test('an apply that fails explains the objects that it did not come to make, and no others', async () => {
  const files = fault('infrastructure/cloud-access-denied_then-secret-missing/as-found');
  const missing = (output: Explanation) => output.findings.find(({ kind }) => kind === 'secret-missing');
  expect(missing(await explain(files))?.symptomOf.length).toBe(1);
  const other = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      name === 'pod.txt' ? text.replaceAll('orders-db-login', 'orders-mail-login') : text,
    ]),
  );
  expect(missing(await explain(other))?.symptomOf).toEqual([]);
});

test('a plan names what it destroys and the attribute that forces it', async () => {
  const plan = (name: string) => fault(`infrastructure/terraform-plan-destroys-data${name}/as-found`);
  const printed = await explain(plan(''));
  expect(printed.rootCause?.object).toEqual({
    kind: 'TerraformResource',
    name: 'aws_db_instance.orders',
    path: 'storage_encrypted',
  });
  const json = await explain(plan('_json'));
  expect(json.rootCause?.object.path).toBe('location');
  const removed = await explain(plan('_removed'));
  expect(removed.findings.filter(({ kind }) => kind === 'terraform-plan-destroys-data')).toHaveLength(1);
});

test('what keeps data is told from what hangs beside it', () => {
  const kept = [
    'aws_db_instance',
    'aws_s3_bucket',
    'google_sql_database_instance',
    'google_container_cluster',
    'azurerm_managed_disk',
    'kubernetes_namespace',
    'aws_route53_zone',
    'google_kms_crypto_key',
    'hcloud_volume',
    'kubernetes_persistent_volume_claim',
    'aws_cloudwatch_log_group',
    'digitalocean_database_cluster',
    'azurerm_postgresql_flexible_server',
    'aws_elasticache_replication_group',
  ];
  const beside = [
    'aws_s3_bucket_policy',
    'aws_db_subnet_group',
    'aws_route53_record',
    'aws_instance',
    'aws_security_group',
    'google_compute_instance',
    'kubernetes_deployment',
    'aws_volume_attachment',
    'aws_kms_alias',
    'aws_eks_node_group',
    'terraform_data',
    'random_id',
    'aws_iam_role',
  ];
  expect(kept.filter((type) => keeps(type) === undefined)).toEqual([]);
  expect(beside.filter((type) => keeps(type) !== undefined)).toEqual([]);
});

test('what evidence says does not become a command of the shell', async () => {
  const output = await explain({
    'nix.log': "error: builder for '/nix/store/x$(touch owned);y.drv' failed with exit code 1;\n       > no",
    'cache.log':
      "this derivation will be built:\nerror: unable to download 'https://cache.example.com/$(id)&;x': HTTP error 404",
    'apply.log': '│ Error: a resource with the ID "/x\'; id #" already exists\n│ \n│   with a_b.c,\n╵',
  });
  const commands = output.findings.flatMap(({ remedies }) => remedies.flatMap(({ command }) => command ?? []));
  expect(commands.length).toBeGreaterThan(2);
  for (const command of commands) expect(command.replace(/'[^']*'|\\'/g, '')).not.toMatch(/[$;&|`"']/);
});

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, ROOT } from '../helpers/cli.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

const run = promisify(execFile);
const SAMPLE = join(ROOT, 'examples', 'samples', 'policy-fix', 'gatekeeper');

let folder: string;
beforeAll(async () => {
  await program('gator');
  folder = await mkdtemp(join(tmpdir(), 'opsline-fix-'));
  await cp(SAMPLE, folder, { recursive: true });
  // Without the rule whose answer only people know, everything can be mended.
  await rm(join(folder, 'policies', 'pinned-images.yaml'));
}, BUILD_TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('opsline fix', () => {
  const fix = (...more: string[]) => cli(['fix', 'manifests', '--policies', 'policies', ...more], { cwd: folder });

  it('asks what only people know, and leaves with 1', async () => {
    const said = await cli(['fix', join(SAMPLE, 'manifests'), '--policies', join(SAMPLE, 'policies'), '-o', 'json']);
    expect(said.code).toBe(1);
    expect(JSON.parse(said.stdout)).toMatchObject({ outcome: 'needs-decision' });
  }, 60_000);

  it('prints a diff that git applies, leaves with 1 until it is written, and with 0 after that', async () => {
    const printed = await fix('-o', 'diff');
    expect(printed.code).toBe(1);
    await writeFile(join(folder, 'fix.patch'), printed.stdout);
    await run('git', ['apply', '--check', 'fix.patch'], { cwd: folder });

    const before = await readFile(join(folder, 'manifests', 'checkout.yaml'), 'utf8');
    expect(await fix('--write')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('wrote manifests/checkout.yaml'),
    });
    const after = await readFile(join(folder, 'manifests', 'checkout.yaml'), 'utf8');
    expect(after).not.toBe(before);
    const comments = (yaml: string): string[] => yaml.match(/#.*$/gm) ?? [];
    expect(comments(after)).toEqual(comments(before));

    const again = await fix('-o', 'json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'compliant', patches: [] });
  }, 60_000);

  it.each<[string, string, Record<string, string> | undefined, string]>([
    ['a policies folder that holds none', 'empty', {}, 'no policy file (.yaml, .yml or .json) in empty'],
    ['policies that are manifests', 'own', { 'pod.yaml': 'kind: Pod' }, 'no engine takes Pod'],
    ['a manifest that is not UTF-8', 'policies', undefined, 'is not UTF-8'],
  ])('refuses %s', async (_, name, files, words) => {
    await mkdir(join(folder, name), { recursive: true });
    for (const [file, text] of Object.entries(files ?? {})) await writeFile(join(folder, name, file), text);
    await writeFile(join(folder, 'latin.yaml'), Buffer.from('# caf\xe9\nkind: Pod\n', 'latin1'));
    const manifests = files === undefined ? 'latin.yaml' : 'manifests';
    const said = await cli(['fix', manifests, '--policies', name], { cwd: folder });
    expect(said).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
    expect(said.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('judges by the Pod Security Standards without any policy', async () => {
    await program('kyverno');
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostPID: true\n  containers: []\n';
    const pss = (...more: string[]) => cli(['fix', '-', ...more], { cwd: folder, input: pod });
    const said = await pss('--engine', 'pss', '--level', 'baseline', '-o', 'json');
    expect(JSON.parse(said.stdout)).toMatchObject({
      outcome: 'fixed',
      verified: { engine: 'pss', before: 1, after: 0 },
    });
    const wrong: [string[], string][] = [
      [[], 'Give --policies, or --engine pss'],
      [['--engine', 'pss'], 'no Pod Security level holds for any object'],
      [['--policies', 'policies', '--level', 'baseline'], 'the level is that of the engine pss'],
      [['--policies', 'policies', '--engine', 'vap'], 'no policy of the engine vap'],
      [['--policies', 'policies', '-n', 'shop'], 'are those of --engine cluster'],
      [['--engine', 'cluster', '--server', 'http://127.0.0.1:1'], 'name one of those with --cluster'],
      [['--engine', 'cluster', '--cluster', 'prod'], 'here it is --context'],
    ];
    for (const [flags, words] of wrong)
      expect(await pss(...flags)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  }, 120_000);

  it('does not write into standard input', async () => {
    const said = await cli(['fix', '-', '--policies', 'policies', '--write'], { cwd: folder, input: 'a: 1' });
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining('--write needs files') });
  });
});

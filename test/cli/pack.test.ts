import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, ROOT } from '../helpers/cli.ts';

const run = promisify(execFile);
const SAMPLES = join(ROOT, 'examples', 'samples', 'deploy-explanation');

describe('the npm package, installed into an empty folder', () => {
  let folder: string;
  let launcher: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opsline-pack-'));
    const env = { ...process.env, AX_SKIP_SKILL_INSTALL: '1' };
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT, env });
    const tarball = stdout.trim().split('\n').at(-1) as string;
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run('npm', ['install', ...flags, join(folder, tarball)], { cwd: folder, env });
    launcher = join(folder, 'node_modules', 'opsline', 'bin', 'opsline.mjs');
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('holds no sources, only what was compiled from them', async () => {
    const names = await readdir(join(folder, 'node_modules', 'opsline'), { recursive: true });
    const sources = names.filter((name) => name.endsWith('.ts') && !name.includes('node_modules'));
    expect(sources).toEqual([]);
    expect(names).toContain('dist/tools/modules/gator/go.mod');
  });

  it('knows its version', async () => {
    const said = await cli(['--version'], { launcher, cwd: folder });
    expect(said).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  it('explains a sample as the repository does', async () => {
    const args = ['explain', SAMPLES, '-o', 'json'];
    const [packed, sources] = await Promise.all([cli(args, { launcher, cwd: folder }), cli(args)]);
    expect(packed.stderr).toContain('rules');
    expect(JSON.parse(packed.stdout)).toEqual(JSON.parse(sources.stdout));
    expect(packed.code).toBe(sources.code);
    expect(JSON.parse(packed.stdout).findings.length).toBeGreaterThan(0);
  });
});

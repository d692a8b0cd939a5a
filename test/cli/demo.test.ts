import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-demo-'));
  await program('gator');
}, BUILD_TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the demo', () => {
  it('shows all three pipelines and ends when asked to', async () => {
    const args = ['demo', '--once', '--port', '0', '--model', 'none', '--data', join(folder, 'data')];
    const said = await cli(args);
    expect(said.stdout).not.toContain('not shown:');
    for (const chapter of ['── leaderboard-stats ', '── deploy-explanation ', '── policy-fix, Gatekeeper ']) {
      expect(said.stdout).toContain(chapter);
    }
    expect(said.stdout).toContain('verified by gatekeeper');
    expect(said.code).toBe(0);
  }, 90_000);

  it('names what cannot be had and shows the rest', async () => {
    // No redis-server, no Go, no pip, nothing built: only Node.
    const env = { PATH: join(folder, 'empty'), XDG_CACHE_HOME: join(folder, 'cache') };
    const args = ['demo', '--once', '--port', '0', '--model', 'none', '--data', join(folder, 'none')];
    const said = await cli(args, { env });
    expect(said.stdout).toContain('boards need Redis');
    expect(said.stdout).toContain('apt-get install redis-server');
    expect(said.stdout).toMatch(/── deploy-explanation [\s\S]*Evidence/);
    expect(said.stdout).toContain('npm run opsline -- doctor --build gator');
    expect(said.code).toBe(1);
  }, 60_000);
});

#!/usr/bin/env node
// npm test [-- VITEST ARGUMENTS]: installs what is missing, then types, lint and format, layering and all tests. The last
// line is `N passed, N failed`; the exit code is 1 when anything failed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureDependencies, NODE, ROOT } from './lib/dependencies.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { duration, say } from './lib/say.mjs';
import { runProgram } from './lib/spawn.mjs';
import { countCheck, countTests } from './lib/stages.mjs';

const total = { passed: 0, failed: 0 };
const times = [];
const reports = mkdtempSync(join(tmpdir(), 'opsline-reports-'));

async function stage(name, work) {
  const started = Date.now();
  say(`${name} …`);
  const { passed, failed } = await work();
  total.passed += passed;
  total.failed += failed;
  times.push([name, duration(Date.now() - started), failed === 0 ? 'ok' : `${failed} failed`]);
}

/** Runs a tool of node_modules under the pinned Node, which is also first on PATH for whatever it starts. */
function tool(script, ...args) {
  const env = { ...process.env, PATH: `${dirname(NODE)}${delimiter}${process.env.PATH ?? ''}` };
  return runProgram(NODE, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT, env, stdio: ['ignore', 1, 2] });
}

async function vitest(name, ...args) {
  const file = join(reports, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await tool('vitest/vitest.mjs', 'run', ...reporters, ...args);
  return countTests(file, code);
}

try {
  await stage('install', async () => {
    await ensureDependencies();
    const missing = await ensureRedis();
    if (missing !== undefined) say(missing);
    return { passed: 0, failed: missing === undefined ? 0 : 1 };
  });
  await stage('types', async () => countCheck(await tool('typescript/bin/tsc')));
  await stage('lint and format', async () => countCheck(await tool('@biomejs/biome/bin/biome', 'ci', '--colors=off')));
  await stage('layering', () => vitest('layering', 'test/layering.test.ts'));
  await stage('tests', () => vitest('tests', '--exclude=test/layering.test.ts', ...process.argv.slice(2)));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  total.failed += 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
for (const [name, time, result] of times) process.stdout.write(`${name.padEnd(16)} ${time.padStart(12)}  ${result}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

#!/usr/bin/env node
// npm run demo: installs what is missing, then shows all three pipelines on the samples. See src/cli/demo.ts.
import { join } from 'node:path';
import { ensureDependencies, NODE, ROOT } from './lib/dependencies.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { say } from './lib/say.mjs';
import { runProgram } from './lib/spawn.mjs';

try {
  await ensureDependencies();
  const missing = await ensureRedis();
  if (missing !== undefined) say(missing);
  process.exitCode = await runProgram(NODE, [join(ROOT, 'bin', 'opsline.mjs'), 'demo', ...process.argv.slice(2)]);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

#!/usr/bin/env node
import { join } from 'node:path';
// npm run opsline -- …: installs what is missing, then runs a script under the pinned Node.
import { ensureDependencies, NODE, ROOT } from './lib/dependencies.mjs';
import { say } from './lib/say.mjs';
import { runProgram } from './lib/spawn.mjs';

const [script, ...args] = process.argv.slice(2);
try {
  if (script === undefined) throw new Error('usage: node tools/run.mjs SCRIPT [ARGUMENT…]');
  await ensureDependencies();
  process.exitCode = await runProgram(NODE, [join(ROOT, script), ...args]);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

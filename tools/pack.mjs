#!/usr/bin/env node
// What `npm pack` runs first: compiles the sources to dist/ and puts beside them what they read at run time. Node does not
// run TypeScript under node_modules, so the package holds JavaScript.
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureDependencies, NODE, ROOT } from './lib/dependencies.mjs';
import { say } from './lib/say.mjs';
import { runProgram } from './lib/spawn.mjs';

const DIST = join(ROOT, 'dist');
const COMPILED = ['src', 'signatures', 'pipelines'];
const COPIED = ['tools/modules', 'examples/samples'];

try {
  await ensureDependencies();
  rmSync(DIST, { recursive: true, force: true });
  // npm takes what is on standard output for the name of the package.
  const tsc = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.build.json')];
  const code = await runProgram(NODE, tsc, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (code !== 0) throw new Error(`tsc ended with ${code}`);
  for (const folder of COMPILED) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.ts')) continue;
      const file = join(entry.parentPath, entry.name);
      cpSync(file, join(DIST, relative(ROOT, file)));
    }
  }
  for (const folder of COPIED) cpSync(join(ROOT, folder), join(DIST, folder), { recursive: true });
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

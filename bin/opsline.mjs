#!/usr/bin/env node
// Plain JavaScript that any Node can read: the repository runs src/main.ts as it is, under the Node pinned in package.json;
// the npm package runs what was compiled from it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// Compiled code is kept: later starts are faster, and the sources' types need not be stripped again, which takes 20 MB.
module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'opsline', 'compiled'));
const at = (path) => new URL(path, import.meta.url);

if (!existsSync(at('../src/main.ts'))) {
  if (major < 22 || (major === 22 && minor < 19)) {
    process.stderr.write(`opsline: Node ${process.versions.node} is too old. Install Node 22.19 or newer.\n`);
    process.exit(2);
  }
  const { main } = await import(at('../dist/src/main.js').href);
  await main(process.argv);
} else if (major >= 24) {
  const { main } = await import(at('../src/main.ts').href);
  await main(process.argv);
} else {
  const node = fileURLToPath(at('../node_modules/node/bin/node'));
  if (!existsSync(node)) {
    process.stderr.write('opsline: the pinned Node is not installed. Run: npm ci\n');
    process.exit(2);
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { duration, say } from './say.mjs';
import { runProgram } from './spawn.mjs';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The Node that runs opsline's TypeScript: the npm package `node`, pinned in package.json. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * Says why `npm ci` is needed, or undefined when everything that package-lock.json names is installed. npm keeps what it
 * installed in `node_modules/.package-lock.json` and writes it last, so an interrupted install is seen too.
 *
 * @param {string} root
 */
export function whyInstall(root) {
  const lock = readLock(join(root, 'package-lock.json'));
  const installed = readLock(join(root, 'node_modules', '.package-lock.json'));
  if (lock === undefined) return 'package-lock.json is missing';
  if (installed === undefined) return 'nothing is installed yet';
  for (const [path, wanted] of Object.entries(lock)) {
    // Optional packages are those of other platforms, too.
    if (path === '' || wanted.optional || wanted.link) continue;
    const found = installed[path];
    if (found?.version !== wanted.version) {
      return `${path.replace(/^node_modules\//, '')} is ${found?.version ?? 'missing'}, wanted ${wanted.version}`;
    }
  }
  return undefined;
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Installs what package-lock.json names where needed, and the pinned Node with it. Throws with the command that mends it.
 *
 * @param {string} [root]
 */
export async function ensureDependencies(root = ROOT) {
  const why = whyInstall(root);
  // ax would otherwise write files for coding assistants into the repository.
  const env = { ...process.env, AX_SKIP_SKILL_INSTALL: '1' };
  if (why !== undefined) {
    const started = Date.now();
    say(`running npm ci (${why})`);
    // An older Node only installs; what is installed runs on the pinned one. npm would warn of each package that is too new for it.
    const quiet = runsPackages(process.versions.node) ? [] : ['--loglevel=error'];
    if (quiet.length > 0) say(`Node ${process.versions.node} only installs; everything runs on the pinned Node`);
    await npm(['ci', '--no-fund', '--no-audit', ...quiet], root, env);
    say(`npm ci done in ${duration(Date.now() - started)}`);
  }
  if (!existsSync(join(root, 'node_modules', 'node', 'bin'))) {
    // Its install script puts the binary there; `ignore-scripts` in a user's npm configuration skips it.
    say('fetching the pinned Node');
    await npm(['rebuild', 'node', '--ignore-scripts=false'], root, env);
  }
}

/**
 * Whether a Node of this version is one that package.json asks for: `engines` speaks of the npm package, which brings no Node with it.
 *
 * @param {string} version
 */
export function runsPackages(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 19);
}

async function npm(args, root, env) {
  const script = process.env.npm_execpath;
  // Under `npm run` this very npm, so that both agree; its progress belongs on standard error.
  const [program, first] = script?.endsWith('npm-cli.js') ? [process.execPath, [script]] : ['npm', []];
  const code = await runProgram(program, [...first, ...args], { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (code !== 0) throw new Error(`npm ${args[0]} ended with ${code}. Mend what it says above, then run: npm ci`);
}

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say } from './say.mjs';
import { runProgram } from './spawn.mjs';

function onPath(...names) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

/**
 * Sees to a redis-server or valkey-server on PATH, through the system's package manager where that is allowed. Returns
 * undefined when there is one (or `REDIS_URL` makes it unnecessary), else the sentence that says what to run.
 */
export async function ensureRedis() {
  if (process.env.REDIS_URL) return undefined;
  if (onPath('redis-server', 'valkey-server')) return undefined;
  const apt = onPath('apt-get');
  if (apt && process.getuid?.() === 0) {
    say('installing redis-server with apt-get');
    // RUNLEVEL: install the program without starting a system-wide service.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const options = { env, stdio: ['ignore', 2, 2] };
    // A failing update (one broken source of many) must not stop an install that works.
    await runProgram(apt, ['update', '-qq'], options);
    await runProgram(apt, ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], options);
    if (onPath('redis-server', 'valkey-server')) return undefined;
    return 'redis-server could not be installed. Run: apt-get update && apt-get install redis-server (or set REDIS_URL)';
  }
  const command = apt
    ? 'sudo apt-get install redis-server'
    : 'brew install redis (or your system’s package of redis or valkey)';
  return `redis-server is missing. Run: ${command}, or set REDIS_URL`;
}

import { readFileSync } from 'node:fs';
import { runCli } from './cli/program.ts';
import type { Service, ServiceOptions } from './cli/wiring.ts';

/** The version in package.json, which lies above both the sources and what is compiled from them. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'opsline') return version;
    } catch {
      // not there: the next one
    }
  }
  return '0.0.0';
}

/** Runs the command line; sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  await runCli({ version: readVersion(), startService }, argv);
}

/**
 * Wires a service together: Redis, runs, boards, the pipelines, workers with their model, and the API. The model loads
 * behind it; until then runs use their rules. What was started is stopped again when a later part cannot start.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  // Loaded here and not above, because most commands need none of it and start five times as fast without.
  const { openService } = await import('./service/open.ts');
  return openService({ ...options, version: readVersion() });
}

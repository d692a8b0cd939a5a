/** A Fastify server, in a process of its own, that answers a text it is told: what any server on this machine costs. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fastify } from 'fastify';

/** Starts it; `url` answers `text` as JSON. */
export async function startConstant(text: string): Promise<{ url: string; close(): Promise<void> }> {
  const child = fork(import.meta.filename, ['--serve']);
  child.send(text);
  const [port] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

if (process.argv[2] === '--serve') {
  const [text] = (await once(process, 'message')) as [string];
  const app = fastify();
  app.get('/', (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
}

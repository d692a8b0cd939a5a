import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Play } from './kubelet-play.ts';

/** How a container is played; undefined when the kubelet has no such container. */
export type FindPlay = (namespace: string, pod: string, container: string) => Play | undefined;

/**
 * Serves `/containerLogs/{namespace}/{pod}/{container}` as a kubelet does, over HTTPS with the certificate of the API server
 * in `folder` (which does not look at it). Knows `previous`, `tailLines`, `limitBytes` and `timestamps`.
 */
export async function serveLogs(folder: string, find: FindPlay): Promise<{ port: number; stop(): Promise<void> }> {
  const [cert, key] = await Promise.all(['apiserver.crt', 'apiserver.key'].map((name) => readFile(join(folder, name))));
  const server = createServer({ cert, key }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet');
    const [, route, namespace = '', pod = '', container = ''] = pathname.split('/');
    const play = route === 'containerLogs' ? find(namespace, pod, container) : undefined;
    const log = play === undefined ? `container not found ("${container}")` : logOf(play, pod, container, searchParams);
    if (typeof log === 'string') response.writeHead(400).end(log);
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(cut(log.text, searchParams));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What there is to read, or why there is nothing in the kubelet's words. */
function logOf(play: Play, pod: string, container: string, query: URLSearchParams): { text: string } | string {
  const restarted = play.is === 'crashing' || (play.restarts ?? 0) > 0;
  if (query.get('previous') === 'true') {
    if (!restarted) return `previous terminated container "${container}" in pod "${pod}" not found`;
    return { text: play.is === 'crashing' ? play.log : (play.previous ?? '') };
  }
  if (['unpullable', 'waiting', 'creating'].includes(play.is)) {
    const why =
      play.is === 'unpullable'
        ? 'trying and failing to pull image'
        : `waiting to start: ${play.reason ?? 'ContainerCreating'}`;
    return `container "${container}" in pod "${pod}" is ${why}`;
  }
  return { text: play.log };
}

function cut(text: string, query: URLSearchParams): string {
  const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const lines = ended.split(/(?<=\n)/);
  const tail = query.get('tailLines');
  const kept = tail === null ? lines : lines.slice(lines.length - Math.min(lines.length, Number(tail)));
  const stamp = query.get('timestamps') === 'true' ? `${new Date().toISOString().replace('Z', '000000Z')} ` : '';
  const whole = kept.map((line) => stamp + line).join('');
  const limit = query.get('limitBytes');
  return limit === null ? whole : Buffer.from(whole).subarray(0, Number(limit)).toString();
}

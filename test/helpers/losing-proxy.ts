import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Passes requests on to `target`, but of every second POST loses the answer: the client cannot know whether it was served.
 * Gives the proxy's URL, how many answers were lost, and an end.
 */
export async function losingProxy(target: string): Promise<{ url: string; lost(): number; close(): void }> {
  let posts = 0;
  let lost = 0;
  const server = createServer((incoming: IncomingMessage, outgoing) => {
    if (incoming.method === 'POST') posts += 1;
    const loses = incoming.method === 'POST' && posts % 2 === 1;
    const onward = request(target + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      if (!loses) {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      lost += 1;
      answer.resume();
      answer.on('end', () => incoming.socket.destroy());
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => lost,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

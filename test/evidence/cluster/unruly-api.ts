import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Access } from '../../../src/kubernetes/kubeconfig.ts';

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** An answer: a body for status 200, a status with a body, or whatever is done to the response. */
export type Reply = object | { status: number; body?: object } | ((response: ServerResponse) => void);
export type Route = (asked: Asked) => Reply | undefined;

/** Does on purpose what a real API server does only on a bad day. What no route answers is an empty list. */
export interface UnrulyApi extends AsyncDisposable {
  readonly access: Access;
  readonly asked: Asked[];
}

/** Starts one on loopback, without TLS; `token` is what its user sends. */
export async function unrulyApi(route: Route, token = 'canary-token-5151'): Promise<UnrulyApi> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
    const one: Asked = { path: pathname, query: searchParams, headers: request.headers };
    asked.push(one);
    const reply = route(one) ?? emptyAt(pathname);
    if (typeof reply === 'function') return reply(response);
    const { status = 200, body = reply } = 'status' in reply && typeof reply.status === 'number' ? reply : {};
    response.writeHead(status as number, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    access: accessTo(`http://127.0.0.1:${port}`, token),
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function accessTo(server: string, token = 'canary-token-5151'): Access {
  return {
    name: 'unruly',
    cluster: { name: 'unruly', server, skipTLSVerify: true },
    user: { name: 'somebody', token },
  };
}

function emptyAt(path: string): Reply {
  if (/^\/api\/v1\/namespaces\/[^/]+$/.test(path)) return namespace(path.split('/').at(-1) ?? '');
  return { kind: 'List', metadata: {}, items: [] };
}

export function namespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, status: { phase: 'Active' } };
}

export function refused(code: number, reason: string, message: string, more: object = {}): Reply {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: more, status: 'Failure', message, reason, code };
  return { status: code, body };
}

/** A pod that crashes, or one that works. */
export function pod(name: string, well = true): object {
  const state = well ? { running: {} } : { waiting: { reason: 'CrashLoopBackOff' } };
  const last = well ? {} : { lastState: { terminated: { exitCode: 1, reason: 'Error' } } };
  return {
    metadata: { name, namespace: 'shop', managedFields: [{ manager: 'kubectl' }], uid: 'u' },
    spec: { containers: [{ name: 'app', image: 'shop/app:1' }], nodeName: 'n1' },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: well ? 'True' : 'False' }],
      containerStatuses: [{ name: 'app', ready: well, restartCount: well ? 0 : 3, state, ...last }],
    },
  };
}

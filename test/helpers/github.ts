import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface Comment {
  id: number;
  body: string;
  user: { login: string; type: string };
  author_association: string;
}

interface Pull {
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  state: string;
  html_url: string;
  user: { login: string; type: string };
}

export interface TestGitHub {
  /** Where Git finds the repository. */
  readonly remote: string;
  readonly api: string;
  readonly pulls: Pull[];
  readonly comments: Comment[];
  /** Branches that are protected. */
  readonly guarded: Set<string>;
  /** Method and path of each request to the API. */
  readonly calls: string[];
  close(): Promise<void>;
}

const ME = { login: 'deployer', type: 'User' };

/**
 * A server that behaves as GitHub does for one repository `shop/deploy`: Git over smart HTTP by git's own backend, and those
 * endpoints of the REST API (2022-11-28) that pull requests and comments need. Both want the token; without one the repository is
 * public.
 */
export async function startGitHub(bare: string, token?: string): Promise<TestGitHub> {
  const pulls: Pull[] = [];
  const comments: Comment[] = [];
  const guarded = new Set<string>();
  const calls: string[] = [];
  const send = (
    response: ServerResponse,
    status: number,
    value: unknown,
    headers: Record<string, string> = {},
  ): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };

  async function rest(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const text = (await buffer(request)).toString('utf8');
    const path = url.pathname.replace('/api/v3/repos/shop/deploy', '');
    calls.push(`${request.method} ${path}`);
    if (request.headers.authorization !== `token ${token}`) return send(response, 401, { message: 'Bad credentials' });
    const given = text === '' ? {} : JSON.parse(text);
    const asked = (method: string, pattern: RegExp) => (request.method === method ? pattern.exec(path) : null);
    if (asked('GET', /^$/)) return send(response, 200, { default_branch: 'main' });
    const branch = asked('GET', /^\/branches\/(.+)$/)?.[1];
    if (branch !== undefined) {
      const name = decodeURIComponent(branch);
      return guarded.has(name)
        ? send(response, 200, { name, protected: true })
        : send(response, 404, { message: 'Not Found' });
    }
    if (asked('GET', /^\/pulls$/)) {
      const fits = pulls.filter(
        ({ head, base, state }) =>
          `shop:${head}` === url.searchParams.get('head') && base === url.searchParams.get('base') && state === 'open',
      );
      return send(response, 200, fits);
    }
    if (asked('POST', /^\/pulls$/)) {
      const number = pulls.length + 1;
      pulls.push({
        ...given,
        number,
        state: 'open',
        user: ME,
        html_url: `http://github.test/shop/deploy/pull/${number}`,
      });
      return send(response, 201, pulls.at(-1));
    }
    const pull = pulls[Number(asked('PATCH', /^\/pulls\/(\d+)$/)?.[1]) - 1];
    if (pull) return send(response, 200, Object.assign(pull, given));
    if (asked('GET', /^\/issues\/1\/comments$/)) {
      // Two a page, so that the reader has to turn pages.
      const page = Number(url.searchParams.get('page') ?? 1);
      const next = `<${url.origin}${url.pathname}?page=${page + 1}>; rel="next"`;
      return send(
        response,
        200,
        comments.slice(page * 2 - 2, page * 2),
        page * 2 < comments.length ? { link: next } : {},
      );
    }
    if (asked('POST', /^\/issues\/1\/comments$/)) {
      comments.push({ id: 100 + comments.length, body: given.body, user: ME, author_association: 'OWNER' });
      return send(response, 201, comments.at(-1));
    }
    const comment = comments.find(({ id }) => id === Number(asked('PATCH', /^\/issues\/comments\/(\d+)$/)?.[1]));
    if (comment) return send(response, 200, Object.assign(comment, given));
    send(response, 404, { message: 'Not Found' });
  }

  async function git(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const wanted = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    if (token !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    // See git-http-backend(1): a CGI program.
    const backend = spawn('git', ['-c', 'safe.directory=*', '-c', 'http.receivepack=true', 'http-backend'], {
      env: {
        PATH: process.env.PATH ?? '',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_PROJECT_ROOT: bare,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname.replace('/shop/deploy.git', ''),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_USER: 'deployer',
      },
    });
    // It may answer without reading everything.
    backend.stdin.on('error', () => {});
    backend.stdin.end(await buffer(request));
    const said = await buffer(backend.stdout);
    const end = said.indexOf('\r\n\r\n');
    const headers = said.subarray(0, end).toString('latin1').split('\r\n');
    const pairs = headers.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
    const status = Number(pairs.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200);
    response
      .writeHead(status, Object.fromEntries(pairs.filter(([name]) => name !== 'Status')))
      .end(said.subarray(end + 4));
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    (url.pathname.startsWith('/api/') ? rest : git)(request, response, url).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    remote: `${origin}/shop/deploy.git`,
    api: `${origin}/api/v3`,
    pulls,
    comments,
    guarded,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

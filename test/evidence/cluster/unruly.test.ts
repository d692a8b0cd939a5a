import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCluster } from '../../../src/evidence/cluster/collect.ts';
import { accessTo, pod, type Reply, type Route, refused, unrulyApi } from './unruly-api.ts';

const PODS = '/api/v1/namespaces/shop/pods';
const never = new AbortController().signal;
const read = (access: Parameters<typeof readCluster>[0], options = {}, signal = never) =>
  readCluster(access, { namespace: 'shop' }, signal, options);
const names = (objects: readonly object[], kind = 'Pod'): string[] =>
  (objects as { kind: string; metadata: { name: string } }[])
    .filter((one) => one.kind === kind)
    .map(({ metadata }) => metadata.name);

/** Serves pods in pages; `refuse` may answer a page instead, by its number and how often pages were asked. */
function paged(total: number, refuse: (page: number, asked: number) => Reply | undefined = () => undefined): Route {
  let count = 0;
  return ({ path, query }) => {
    if (path !== PODS) return undefined;
    const limit = Number(query.get('limit'));
    const from = Number((query.get('continue') ?? '0').replace('again-', ''));
    const instead = refuse(from / limit, ++count);
    if (instead !== undefined) return instead;
    const items = Array.from({ length: Math.min(limit, total - from) }, (_, i) => pod(`web-${from + i}`));
    const left = total - from - items.length;
    return { metadata: left > 0 ? { continue: String(from + limit), remainingItemCount: left } : {}, items };
  };
}

describe('lists in pages', () => {
  it('are read to their end, and to a limit that is told', async () => {
    await using api = await unrulyApi(paged(1203));
    const reading = await read(api.access);
    expect(names(reading.objects)).toHaveLength(1203);
    expect(reading.notSeen).toEqual([]);
    expect(JSON.stringify(reading)).not.toContain('managedFields');
    await using big = await unrulyApi(paged(7000));
    const cut = await read(big.access);
    expect(names(cut.objects)).toHaveLength(5000);
    expect(cut.notSeen).toEqual(['pods in shop: only the first 5000 were read, 2000 or more are left']);
    expect(cut.lists.map(({ resource }) => resource.kind)).not.toContain('Pod');
  });

  it('go on where the server offers a place for one that expired, and begin anew once where it does not', async () => {
    const expired = (token?: string): Reply =>
      refused(
        410,
        'Expired',
        'the provided continue parameter is too old',
        token === undefined ? {} : { continue: token },
      );
    await using offers = await unrulyApi(
      paged(1203, (page, asked) => (page === 1 && asked === 2 ? expired('again-500') : undefined)),
    );
    expect(names((await read(offers.access)).objects)).toHaveLength(1203);
    await using anew = await unrulyApi(
      paged(1203, (page, asked) => (page === 2 && asked === 3 ? expired() : undefined)),
    );
    const whole = await read(anew.access);
    expect(names(whole.objects)).toHaveLength(1203);
    expect(whole.notSeen).toEqual([]);
    await using always = await unrulyApi(paged(1203, (page) => (page === 2 ? expired() : undefined)));
    const partly = await read(always.access);
    expect(names(partly.objects)).toHaveLength(1000);
    expect(partly.notSeen).toEqual([expect.stringMatching(/^reading pods in shop expired while it was read/)]);
  });
});

describe('a server that does not answer as it should', () => {
  it('leaves a note for what hangs, and gives what came in time', async () => {
    await using api = await unrulyApi(({ path }) => (path.endsWith('/services') ? () => {} : undefined));
    const reading = await read(api.access, { requestMs: 300 });
    expect(reading.notSeen).toEqual([
      'reading services in shop took too long (no whole answer within 0.3 s)',
      'namespace shop has no workloads and no pods',
    ]);
  });

  it('is given up as a whole when its time is over, with what was read', async () => {
    await using api = await unrulyApi((asked) =>
      /events|apis$/.test(asked.path) ? () => {} : asked.path === PODS ? paged(3)(asked) : undefined,
    );
    const reading = await read(api.access, { wholeMs: 500 });
    expect(names(reading.objects)).toHaveLength(3);
    expect(reading.notSeen.join()).toContain('the 0.5 s for reading the cluster were over');
    expect(reading.spent.ms).toBeLessThan(5000);
  });

  it('is left at once when the run is cancelled', async () => {
    await using api = await unrulyApi(() => () => {});
    const control = new AbortController();
    const reading = read(api.access, {}, control.signal);
    setTimeout(() => control.abort(new Error('cancelled')), 100);
    await expect(reading).rejects.toThrow('cancelled');
  });

  it('is asked once more when it is busy', async () => {
    let busy = 2;
    await using api = await unrulyApi(({ path }) =>
      path === PODS && busy-- > 1
        ? refused(429, 'TooManyRequests', 'busy')
        : path === PODS
          ? { items: [pod('web-1')] }
          : undefined,
    );
    expect(names((await read(api.access)).objects)).toEqual(['web-1']);
  });

  it('may pack its answers, break them off, or send no JSON', async () => {
    await using api = await unrulyApi(({ path }) => {
      if (path === PODS)
        return (response) => {
          response
            .writeHead(200, { 'content-encoding': 'gzip' })
            .end(gzipSync(JSON.stringify({ items: [pod('web-1')] })));
        };
      if (path.endsWith('/configmaps'))
        return (response) => {
          response.writeHead(200, { 'content-length': 1000 }).write('{"items":[');
          response.destroy();
        };
      if (path.endsWith('/services')) return (response) => void response.end('<html>log in</html>');
      return undefined;
    });
    const reading = await read(api.access);
    expect(names(reading.objects)).toEqual(['web-1']);
    expect(reading.notSeen.join('\n')).toMatch(/reading configmaps in shop broke off/);
    expect(reading.notSeen.join('\n')).toMatch(/reading services in shop failed \(the answer is no JSON\)/);
  });
});

describe('a proxy', () => {
  it('of the kubeconfig is asked instead of the server', async () => {
    await using proxy = await unrulyApi(({ path }) => (path === PODS ? { items: [pod('web-1')] } : undefined));
    const { cluster, ...access } = accessTo('http://cluster.invalid:6443');
    const behind = { ...access, cluster: { ...cluster, proxyUrl: proxy.access.cluster.server } };
    expect(names((await read(behind)).objects)).toEqual(['web-1']);
    await expect(read({ ...behind, cluster: { ...cluster, proxyUrl: 'socks5://127.0.0.1:9' } })).rejects.toMatchObject({
      code: 'kubeconfig-invalid',
    });
  });
});

describe('errors', () => {
  const failing =
    (status: number, reason: string): Route =>
    () =>
      refused(status, reason, `${reason}: user "u"`);

  it.each([
    [401, 'Unauthorized', 'cluster-unauthorized', /refuses the credentials/],
    [403, 'Forbidden', 'cluster-forbidden', /may read nothing here\. Forbidden: user "u"/],
    [500, 'InternalError', 'cluster-unreachable', /answers nothing of use/],
  ])('of status %i are told, without the token', async (status, reason, code, message) => {
    await using api = await unrulyApi(failing(status, reason));
    const error = await read(api.access).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('canary');
    expect(api.asked[0]?.headers.authorization).toBe('Bearer canary-token-5151');
  });

  it('of connections say what is wrong with them', async () => {
    await expect(read(accessTo('http://127.0.0.1:9'))).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message: expect.stringContaining('the connection is refused (ECONNREFUSED)'),
    });
    await expect(read(accessTo('https://cluster.invalid'))).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message: expect.stringContaining('its name does not resolve'),
    });
    const { cluster, ...access } = accessTo('http://127.0.0.1:9');
    await expect(read({ ...access, cluster: { ...cluster, skipTLSVerify: false } })).rejects.toMatchObject({
      code: 'kubeconfig-invalid',
      message: expect.stringContaining('in clear text'),
    });
  });

  it('name a namespace that is not there, and what is near', async () => {
    await using api = await unrulyApi(({ path }) => {
      if (path === '/api/v1/namespaces/shop') return refused(404, 'NotFound', 'namespaces "shop" not found');
      return path === '/api/v1/namespaces' ? { items: [{ metadata: { name: 'shop2' } }] } : undefined;
    });
    await expect(read(api.access)).rejects.toMatchObject({
      code: 'invalid-input',
      message: 'There is no namespace "shop" in the cluster of context unruly. Near it: shop2.',
    });
  });
});

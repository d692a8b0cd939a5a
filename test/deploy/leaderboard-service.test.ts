import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const root = new URL('../../examples/leaderboard-service/', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');
const kustomization = parse(await read('kubernetes/kustomization.yaml'));
const texts = await Promise.all((kustomization.resources as string[]).map((file) => read(`kubernetes/${file}`)));
const documents = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
const of = (kind: string) => documents.find((document) => document.kind === kind);
const pod = of('Deployment').spec.template;
const [container] = pod.spec.containers;
const env: Record<string, string> = Object.fromEntries(
  container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
);

/** The variables that the program reads. */
const known = [...(await read('config.go')).matchAll(/^\t\w+ +\S+ +\/\/ ([A-Z_]+)$/gm)].map(([, name]) => name);

test('the kustomization lists every file', async () => {
  const files = (await readdir(new URL('kubernetes/', root))).filter((file) => file !== 'kustomization.yaml');
  expect([...kustomization.resources].sort()).toEqual(files.sort());
});

test('the service runs without rights, with limits', () => {
  expect(of('ServiceAccount')).toMatchObject({
    metadata: { name: pod.spec.serviceAccountName },
    automountServiceAccountToken: false,
  });
  expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(container.resources).toMatchObject({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } });
});

test('it is asked at addresses that it has, on the port that it listens on', async () => {
  const routes = await read('service.go');
  for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
    expect(routes).toContain(`"GET ${httpGet.path}"`);
    expect(httpGet.port).toBe(container.ports[0].name);
  }
  const port = env.LISTEN_ADDRESS?.split(':').at(-1);
  expect(pod.metadata.annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': port });
  expect(String(container.ports[0].containerPort)).toBe(port);
  expect(await read('Dockerfile')).toContain(`USER ${pod.spec.securityContext.runAsUser}:`);
});

test('it has time to send what it holds before it is killed', () => {
  const seconds = Number(/^(\d+)s$/.exec(env.SHUTDOWN_TIMEOUT ?? '')?.[1]);
  const before = container.lifecycle.preStop.sleep.seconds;
  expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(before + seconds);
});

test('the manifest sets only variables that the program reads, and the README explains them all', async () => {
  expect(known).toContain('BATCH_EVENTS');
  expect(Object.keys(env).filter((name) => name !== 'GOMEMLIMIT' && !known.includes(name))).toEqual([]);
  const explained = [...(await read('README.md')).matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  expect(explained.sort()).toEqual(known.sort());
});

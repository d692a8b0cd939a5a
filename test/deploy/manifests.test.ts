import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { createMetrics } from '../../src/api/metrics.ts';
import { createProbes } from '../../src/api/probes.ts';

interface Probe {
  httpGet: { path: string; port: string };
}
interface Container {
  name: string;
  args: string[];
  env?: { name: string; value: string }[];
  ports: { name: string; containerPort: number }[];
  securityContext: object;
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  resources: { requests: object; limits: object };
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: {
    template: {
      metadata: { annotations: Record<string, string> };
      spec: {
        serviceAccountName: string;
        securityContext: object;
        terminationGracePeriodSeconds: number;
        containers: Container[];
      };
    };
  };
}

const root = new URL('../../', import.meta.url);
const folder = new URL('deploy/kubernetes/', root);
const read = (path: string, base: URL = root) => readFile(new URL(path, base), 'utf8');

const kustomization = parse(await read('kustomization.yaml', folder));
const manifests: Manifest[] = [];
for (const file of kustomization.resources) {
  for (const document of parseAllDocuments(await read(file, folder))) manifests.push(document.toJS());
}
const deployments = manifests.filter(({ kind }) => kind === 'Deployment');

test('the kustomization lists every file and the version of the package', async () => {
  const files = (await readdir(folder)).filter((file) => file !== 'kustomization.yaml');
  expect([...kustomization.resources].sort()).toEqual(files.sort());
  const { version } = JSON.parse(await read('package.json'));
  expect(kustomization.images).toEqual([{ name: 'opsline', newTag: version }]);
  expect(deployments.map(({ metadata }) => metadata.name)).toEqual(['opsline-api', 'opsline-worker']);
});

test.each(deployments)('$metadata.name runs without rights', ({ spec }) => {
  const { serviceAccountName, securityContext, containers } = spec.template.spec;
  const account = manifests.find(
    ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === serviceAccountName,
  );
  expect(account).toMatchObject({ automountServiceAccountToken: false });
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  for (const container of containers) {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.resources).toMatchObject({
      requests: { memory: expect.any(String), cpu: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
  }
});

test.each(deployments)(
  'the probes of $metadata.name ask addresses that exist, on the port that is listened on',
  async ({ spec }) => {
    const app = await createProbes({ checks: [], metrics: createMetrics() });
    const { metadata, spec: pod } = spec.template;
    for (const container of pod.containers) {
      const [port] = container.ports;
      const listened =
        container.env?.find(({ name }) => name === 'OPSLINE_PROBES_PORT')?.value ??
        container.args[container.args.indexOf('--port') + 1];
      expect(String(port?.containerPort)).toBe(listened);
      expect(metadata.annotations['prometheus.io/port']).toBe(listened);
      for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
        expect(httpGet.port).toBe(port?.name);
        expect((await app.inject(httpGet.path)).statusCode).toBe(200);
      }
    }
    await app.close();
  },
);

test.each(deployments)('$metadata.name is given the time that its end takes', ({ spec }) => {
  const { containers, terminationGracePeriodSeconds: grace } = spec.template.spec;
  for (const { lifecycle, args } of containers) {
    const before = lifecycle?.preStop.sleep.seconds ?? 0;
    // Ten seconds is the most that `opsline` takes.
    expect(grace).toBeGreaterThan(before + 10);
    // A worker is sent nothing, so it need not wait.
    expect(before > 0).toBe(args.includes('api'));
  }
});

test('the image has the Node that the repository pins', async () => {
  const { devDependencies } = JSON.parse(await read('package.json'));
  const bases = [...(await read('deploy/Dockerfile')).matchAll(/^FROM node:(\S+?)-/gm)].map(([, version]) => version);
  expect(bases).toEqual([devDependencies.node, devDependencies.node]);
});

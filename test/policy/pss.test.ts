import { beforeAll, describe, expect, it } from 'vitest';
import { podSecurity, pss } from '../../src/policy/pss.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

const soon = (): AbortSignal => AbortSignal.timeout(120_000);

const pod = (name: string, spec: KubeObject, container: KubeObject = {}, namespace = 'x'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: { containers: [{ name: 'c', image: 'registry.example.com/c:1', ...container }], ...spec },
});
const secure = (extra: KubeObject): KubeObject => ({ securityContext: extra });

/** One pod for each control of the baseline, with the control's id. */
const BASELINE: readonly (readonly [control: string, object: KubeObject])[] = [
  ['windowsHostProcess', pod('a', { hostNetwork: false, ...secure({ windowsOptions: { hostProcess: true } }) })],
  ['hostNamespaces', pod('b', { hostPID: true })],
  ['privileged', pod('c', {}, secure({ privileged: true }))],
  ['capabilities_baseline', pod('d', {}, secure({ capabilities: { add: ['NET_RAW'] } }))],
  ['hostPathVolumes', pod('e', { volumes: [{ name: 'v', hostPath: { path: '/srv' } }] })],
  ['hostPorts', pod('f', {}, { ports: [{ containerPort: 80, hostPort: 80 }] })],
  ['hostProbesAndHostLifecycle', pod('g', {}, { livenessProbe: { tcpSocket: { port: 80, host: '192.0.2.1' } } })],
  ['appArmorProfile', pod('h', {}, secure({ appArmorProfile: { type: 'Unconfined' } }))],
  ['seLinuxOptions', pod('i', secure({ seLinuxOptions: { role: 'sysadm_r' } }))],
  ['procMount', pod('j', {}, secure({ procMount: 'Unmasked' }))],
  ['seccompProfile_baseline', pod('k', secure({ seccompProfile: { type: 'Unconfined' } }))],
  ['sysctls', pod('l', secure({ sysctls: [{ name: 'kernel.msgmax', value: '1' }] }))],
];
const tight = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } };
const sealed = { ...tight, seccompProfile: { type: 'RuntimeDefault' } };
const RESTRICTED: readonly (readonly [control: string, object: KubeObject])[] = [
  ['restrictedVolumes', pod('m', { volumes: [{ name: 'v', nfs: { server: 's', path: '/' } }] }, secure(sealed))],
  ['allowPrivilegeEscalation', pod('n', {}, secure({ ...sealed, allowPrivilegeEscalation: true }))],
  ['runAsNonRoot', pod('o', {}, secure({ ...sealed, runAsNonRoot: false }))],
  ['runAsUser', pod('p', {}, secure({ ...sealed, runAsUser: 0 }))],
  ['seccompProfile_restricted', pod('q', {}, secure(tight))],
  ['capabilities_restricted', pod('r', {}, secure({ ...sealed, capabilities: { drop: ['NET_RAW'] } }))],
];

describe('Pod Security Standards', () => {
  beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

  it.each([
    ['baseline', BASELINE],
    ['restricted', RESTRICTED],
  ] as const)('knows every control of the level %s by its own name', async (level, cases) => {
    const resources = cases.map(([, object]) => object);
    const found = await pss.violations({ resources, policies: [podSecurity(level)] }, soon());
    expect(found.map(({ resource, rule, policy }) => [resource, rule, policy.name])).toEqual(
      cases.map(([control], i) => [i, control, level]),
    );
    expect(found.every(({ message }) => /^[A-Z/][^:]+: /.test(message))).toBe(true);
  });

  it('judges by the version that a namespace or the configuration asks for, as far as Kyverno knows it', {
    timeout: 180_000,
  }, async () => {
    const space = (name: string, version?: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: version ? { 'pod-security.kubernetes.io/enforce-version': version } : {} },
    });
    const context = [
      space('none'),
      space('old', 'v1.24'),
      space('oldest', 'v1.5'),
      space('newest', 'v1.99'),
      space('odd', '1.24'),
    ];
    // Hosts of probes are looked at since 1.34 only.
    const probing = context.map(({ metadata }) =>
      pod('g', {}, { livenessProbe: { tcpSocket: { port: 80, host: '192.0.2.1' } } }, metadata?.name),
    );
    const named = async (policy: KubeObject) =>
      (await pss.violations({ resources: probing, context, policies: [policy] }, soon())).map(
        ({ resource }) => context[resource]?.metadata?.name,
      );
    expect(await named(podSecurity('baseline'))).toEqual(['none', 'newest', 'odd']);
    const old = { ...podSecurity('baseline'), defaults: { enforce: 'baseline', 'enforce-version': 'v1.30' } };
    expect(await named(old)).toEqual(['newest', 'odd']);
    // A kernel setting that is safe since 1.29.
    const setting = [pod('l', secure({ sysctls: [{ name: 'net.ipv4.tcp_keepalive_time', value: '1' }] }))];
    expect(await pss.violations({ resources: setting, policies: [podSecurity('baseline')] }, soon())).toEqual([]);
    const before = { ...old, defaults: { enforce: 'baseline', 'enforce-version': 'v1.28' } };
    expect(await pss.violations({ resources: setting, policies: [before] }, soon())).toHaveLength(1);
    // Every version that is asked for by name is one that Kyverno does not drop.
    for (const minor of [19, 32]) {
      const defaults = { enforce: 'baseline', 'enforce-version': `v1.${minor}` };
      const resources = [pod('b', { hostPID: true })];
      expect(
        await pss.violations({ resources, policies: [{ ...podSecurity('baseline'), defaults }] }, soon()),
      ).toHaveLength(1);
    }
  });

  it('looks into all that makes pods and all their containers, says where, and exempts Windows from what it does not have', async () => {
    const template = pod('t', {
      initContainers: [{ name: 'i', image: 'i', ...secure({ ...sealed, allowPrivilegeEscalation: true }) }],
      ephemeralContainers: [{ name: 'e', image: 'e', ...secure({ ...sealed, allowPrivilegeEscalation: true }) }],
      containers: [{ name: 'c', image: 'c', ...secure(sealed) }],
    });
    const controller = (apiVersion: string, kind: string): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name: 'w', namespace: 'x' },
      spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template },
    });
    const kinds = ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'].map((kind) => controller('apps/v1', kind));
    const resources = [
      template,
      ...kinds,
      controller('batch/v1', 'Job'),
      controller('batch/v1', 'CronJob'),
      controller('v1', 'ReplicationController'),
      pod('windows', { os: { name: 'windows' }, ...secure({ runAsNonRoot: true }) }),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'x' } },
    ];
    const found = await pss.violations({ resources, policies: [podSecurity('restricted')] }, soon());
    const counts = resources.map((_, at) => found.filter(({ resource }) => resource === at).length);
    expect(counts).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 0, 0]);
    expect(found.find(({ resource }) => resource === 6)?.path).toBe(
      '/spec/jobTemplate/spec/template/spec/ephemeralContainers/0/securityContext/allowPrivilegeEscalation',
    );
  });

  it("takes a namespace's level before the configuration's, and its exemptions", async () => {
    const host = (namespace: string): KubeObject => pod('p', { hostNetwork: true }, {}, namespace);
    const labelled = (name: string, level: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } },
    });
    const context = [labelled('free', 'privileged'), labelled('base', 'baseline'), labelled('odd', 'strictest')];
    const resources = ['free', 'base', 'odd', 'other', 'spared'].map(host);
    const policies = [{ ...podSecurity('restricted'), exemptions: { namespaces: ['spared'] } }];
    const found = await pss.violations({ resources, context, policies }, soon());
    const levels = new Map(found.map(({ resource, policy }) => [resource, policy.name]));
    expect([...levels]).toEqual([
      [1, 'baseline'],
      [2, 'restricted'],
      [3, 'restricted'],
    ]);
    expect(await pss.problems([{ ...podSecurity('baseline'), defaults: { enforce: 'high' } }], soon())).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import { effectOf } from '../../../pipelines/policy-fix/effects.ts';
import { afterMerge, explainEdits } from '../../../pipelines/policy-fix/explain.ts';
import { hardening } from '../../../pipelines/policy-fix/fixers/hardening.ts';
import { podSecurity } from '../../../pipelines/policy-fix/fixers/pod-security.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';

const container = (name: string) => ({
  name,
  image: 'registry.example.com/x:1',
  command: ['sh', '-c', 'cd=/tmp'],
  ports: [{ containerPort: 80, hostPort: 80 }],
  volumeMounts: [{ name: 'host', mountPath: '/host' }],
  livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } },
  securityContext: {
    privileged: true,
    runAsUser: 0,
    procMount: 'Unmasked',
    capabilities: { add: ['NET_ADMIN', 'SYS_TIME'] },
    seLinuxOptions: { user: 'u', type: 't' },
    seccompProfile: { type: 'Localhost', localhostProfile: 'x' },
    appArmorProfile: { type: 'Unconfined' },
    windowsOptions: { hostProcess: true },
  },
});
const NASTY: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'nasty', namespace: 'lab' },
  spec: {
    template: {
      metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' } },
      spec: {
        hostNetwork: true,
        hostPID: true,
        hostIPC: true,
        securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }], runAsGroup: 0 },
        containers: [container('a')],
        initContainers: [container('b')],
        volumes: [{ name: 'host', hostPath: { path: '/' } }],
      },
    },
  },
};
const context = { object: NASTY, violations: [], policies: [], siblings: [], mutation: [] };

describe('effects', () => {
  const proposals = [...hardening.propose(context), ...podSecurity.propose(context)];

  it('are known of every edit that takes rights away', () => {
    expect(proposals.length).toBeGreaterThan(30);
    for (const { summary, edits } of proposals)
      for (const edit of edits) {
        const effect = effectOf(edit.path, { op: edit.op });
        expect(effect.does, `${summary}: ${edit.path.join('.')}`).not.toContain('does not know');
      }
  });

  it('take the worst risk of what belongs together', () => {
    const root = proposals.find(({ summary }) => summary.startsWith('container a: read-only root'));
    expect(root?.edits.length).toBe(3);
    const [edit] = explainEdits(NASTY, root ? [root] : []);
    expect(edit).toMatchObject({
      risk: 'medium',
      watch: ['`Read-only file system` in its log, and restarts', expect.stringContaining('ephemeral-storage')],
    });
    expect(edit?.changes).toHaveLength(3);
    const privileged = proposals.filter(({ summary }) => summary === 'container a: run unprivileged');
    expect(explainEdits(NASTY, privileged)).toMatchObject([
      {
        risk: 'high',
        changes: ['changes /spec/template/spec/containers/0/securityContext/privileged from true to false'],
      },
    ]);
  });

  it('tell an annotation that moves a load balancer from one that is a note', () => {
    const at = (key: string) => effectOf(['metadata', 'annotations', key], { op: 'set', value: 'true' });
    expect(at('service.beta.kubernetes.io/aws-load-balancer-internal').risk).toBe('high');
    expect(at('example.com/owner').risk).toBe('low');
  });

  it('say when they are not known, and are never taken for small', () => {
    expect(effectOf(['spec', 'colour'], { op: 'set', value: 'red' })).toMatchObject({ risk: 'medium' });
    expect(effectOf(['spec', 'colour'], { op: 'set', value: 'red' }).does).toContain('does not know');
  });
});

describe('what happens after the merge', () => {
  const [proposal] = hardening.propose(context);
  const accepted = proposal ? [proposal] : [];
  it('names no command with a name that means something to a shell', () => {
    const object = { kind: 'Deployment', name: 'x; rm -rf /', namespace: 'lab' };
    expect(afterMerge(object, NASTY, accepted)).toEqual(['its pods are replaced one after the other']);
  });
  it.each([
    ['Pod', 'delete it and create it again'],
    ['Job', 'delete the Job'],
    ['CronJob', 'from the next job on'],
    ['StatefulSet', 'kubectl rollout status statefulset/nasty'],
  ])('depends on the kind: %s', (kind, words) => {
    const pod = ((NASTY.spec as JsonObject).template as JsonObject).spec as JsonObject;
    const object =
      kind === 'Pod'
        ? { ...NASTY, kind, spec: pod }
        : kind === 'CronJob'
          ? { ...NASTY, kind, spec: { jobTemplate: { spec: NASTY.spec ?? {} } } }
          : { ...NASTY, kind };
    const [own] = hardening.propose({ ...context, object });
    expect(afterMerge({ kind, name: 'nasty' }, object, own ? [own] : []).join()).toContain(words);
  });
});

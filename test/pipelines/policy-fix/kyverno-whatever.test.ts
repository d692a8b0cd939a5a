import { beforeAll, describe, expect, it } from 'vitest';
import type { FixResult } from '../../../pipelines/policy-fix/schema.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix, patched } from './walk.ts';

const TIMEOUT = { timeout: 120_000 };
const policy = (kind: string, body: string): { file: string; text: string } => ({
  file: 'p.yaml',
  text: `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: one }
spec:
  rules:
    - name: one
      match: { any: [{ resources: { kinds: [${kind}] } }] }
${body}`,
});
const pod = (spec: string): string => `apiVersion: v1
kind: Pod
metadata: { name: one, namespace: lab }
spec: ${spec}
`;

async function mended(text: string, kind: string, body: string): Promise<{ result: FixResult; after: string }> {
  const result = await fix([{ file: 'one.yaml', text }], [policy(kind, body)]);
  return { result, after: patched(text, result, 'one.yaml') };
}

beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

describe('a rule that denies whatever its preconditions let through', () => {
  const body = (preconditions: string, message = 'not here', deny = '{}'): string =>
    `      preconditions: { all: [${preconditions}] }
      validate: { failureAction: Enforce, message: "${message}", deny: ${deny} }
`;
  const pid = '{ key: "{{ request.object.spec.hostPID || `false` }}", operator: Equals, value: true }';
  const shared = pod('{ hostPID: true, containers: [{ name: c, image: "registry.example.com/c:1" }] }');

  it.each([
    '{}',
    '{ conditions: { any: [{ key: true, operator: Equals, value: true }] } }',
    '{ conditions: { all: [{ key: "{{ request.operation }}", operator: AnyIn, value: [CREATE, UPDATE] }] } }',
  ])('says by them what it does not want: %s', TIMEOUT, async (deny) => {
    const { result, after } = await mended(shared, 'Pod', body(pid, 'not here', deny));
    expect(result.outcome).toBe('fixed');
    expect(after).toContain('hostPID: false');
  });

  const scope =
    '{ key: "{{ request.object.metadata.annotations.\\"example.com/scope\\" || \'\' }}", operator: NotEquals, value: inner }';
  const balancer = '{ key: "{{ request.object.spec.type || \'\' }}", operator: Equals, value: LoadBalancer }';
  const service = `apiVersion: v1
kind: Service
metadata: { name: one, namespace: lab }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
`;

  it('asks for an annotation that its message names', TIMEOUT, async () => {
    const { after } = await mended(service, 'Service', body(`${balancer}, ${scope}`, 'set example.com/scope to inner'));
    expect(after).toContain('example.com/scope: inner');
  });

  it('is not evaded by one that only lets off', TIMEOUT, async () => {
    const { result, after } = await mended(service, 'Service', body(`${balancer}, ${scope}`, 'no doors to the world'));
    expect(after).toBe(service);
    expect(JSON.stringify(result.resources.map(({ decisions }) => decisions))).not.toContain('example.com~1scope');
  });

  it('of a loop comes to nothing more of what its list or preconditions choose', TIMEOUT, async () => {
    const [a, b] = ['privileged: true', 'allowPrivilegeEscalation: true'];
    const text = pod(
      `{ containers: [{ name: a, image: a, securityContext: { ${a} } }, { name: b, image: b, securityContext: { ${b} } }] }`,
    );
    const loops = `      validate:
        failureAction: Enforce
        foreach:
          - list: "request.object.spec.containers[?securityContext.privileged]"
            deny: {}
          - list: request.object.spec.containers
            preconditions: { any: [{ key: "{{ element.securityContext.allowPrivilegeEscalation || \`false\` }}", operator: Equals, value: true }] }
            deny: {}
`;
    const { result, after } = await mended(text, 'Pod', loops);
    expect(result.outcome).toBe('fixed');
    expect(after).not.toContain(a);
    expect(after).not.toContain(b);
  });
});

describe('a rule that reads one of two fields', () => {
  const body = `      validate:
        failureAction: Enforce
        deny: { conditions: { any: [{ key: "{{ request.object.spec.refreshInterval || request.object.spec.template.refreshInterval || '1h' }}", operator: LessThan, value: 15m }] } }
`;
  it.each([
    ['{ template: { refreshInterval: 5m } }', '{ template: { refreshInterval: 15m } }'],
    ['{ refreshInterval: 5m }', '{ refreshInterval: 15m }'],
    [
      '{ refreshInterval: 5m, template: { refreshInterval: 5m } }',
      '{ refreshInterval: 15m, template: { refreshInterval: 5m } }',
    ],
  ])('has that one mended that says something: %s', TIMEOUT, async (given, wanted) => {
    const text = `apiVersion: example.com/v1\nkind: Mirror\nmetadata: { name: one }\nspec: ${given}\n`;
    const { after } = await mended(text, 'example.com/v1/Mirror', body);
    expect(after).toContain(`spec: ${wanted}`);
  });
});

describe('patterns of which any will do', () => {
  const body = (...patterns: string[]): string =>
    `      validate: { failureAction: Enforce, anyPattern: [${patterns.join(', ')}] }\n`;
  const priority = (more: string): string =>
    `apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: { name: one }\nvalue: 100\n${more}`;

  it('say what comes with the value that one of them takes', TIMEOUT, async () => {
    const patterns = ['{ value: ">=1000" }', '{ value: "<1000", preemptionPolicy: Never }'];
    const { after } = await mended(priority(''), 'PriorityClass', body(...patterns));
    expect(after).toBe(priority('preemptionPolicy: Never\n'));
  });

  it('take a right away all the same, and give no label for it', TIMEOUT, async () => {
    const patterns = [
      '{ metadata: { labels: { agent: "yes" } }, spec: { hostNetwork: true } }',
      '{ spec: { =(hostNetwork): false } }',
    ];
    const text = pod('{ hostNetwork: true, containers: [{ name: c, image: "registry.example.com/c:1" }] }');
    const { after } = await mended(text, 'Pod', body(...patterns));
    expect(after).toContain('hostNetwork: false');
    expect(after).not.toContain('agent');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { renderFix } from '../../../pipelines/policy-fix/render.ts';
import { blameless } from '../../../pipelines/policy-fix/schema-errors.ts';
import { kubernetesSchemas } from '../../../src/policy/schema/kubernetes.ts';
import type { Violation } from '../../../src/policy/violation.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix, patched } from './walk.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 1 # grows
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
        - name: main
          image: registry.example.com/web:1
`;
const kyverno = (name: string, kind: string, pattern: string) => ({
  file: `${name}.yaml`,
  text: `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: ${name} }
spec:
  rules:
    - name: ${name}
      match: { any: [{ resources: { kinds: [${kind}] } }] }
      validate: { failureAction: Enforce, message: "${name}", pattern: ${pattern} }
`,
});
const PRIVILEGE = kyverno(
  'no-privilege',
  'Deployment',
  '{ spec: { template: { spec: { containers: [{ securityContext: { privileged: false } }] } } } }',
);
const WORDY = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: wordyreplicas }
spec:
  crd:
    spec:
      names: { kind: WordyReplicas }
      validation: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package wordyreplicas
        violation[{"msg": msg}] {
          not is_string(input.review.object.spec.template.spec.hostname)
          msg := "a hostname is missing"
        }
        violation[{"msg": msg}] {
          required := input.parameters.labels[_].key
          not input.review.object.metadata.labels[required]
          msg := sprintf("label %v is missing", [required])
        }
        violation[{"msg": msg}] {
          not is_string(input.review.object.spec.replicas)
          msg := "spec.replicas must be a string"
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: WordyReplicas
metadata: { name: wordy-replicas }
spec:
  match: { kinds: [{ apiGroups: [apps], kinds: [Deployment] }] }
`;

describe('edits and the schemas of Kubernetes', () => {
  beforeAll(async () => {
    await program('gator');
    await program('kyverno');
    await program('kubeconform');
  }, BUILD_TIMEOUT_MS);

  it.each([
    ['a wrong type', '{ spec: { minReadySeconds: soon } }'],
    ['an unknown field', '{ spec: { template: { spec: { hostUser: main } } } }'],
  ])(
    'never write %s, whatever the policy would accept; what else is wrong is mended',
    { timeout: 120_000 },
    async (_, pattern) => {
      const result = await fix(
        [{ file: 'web.yaml', text: DEPLOYMENT }],
        [kyverno('odd', 'Deployment', pattern), PRIVILEGE],
      );
      expect(result.outcome).toBe('cannot-fix');
      expect(result.verified).toMatchObject({
        before: 2,
        after: 1,
        schema: { kubernetes: kubernetesSchemas().kubernetes, checked: true, unchecked: [], invalid: 0 },
      });
      expect(result.resources[0]?.violations.map(({ policy, fixed }) => [policy.name, fixed])).toEqual([
        ['odd', false],
        ['no-privilege', true],
      ]);
      const after = patched(DEPLOYMENT, result, 'web.yaml');
      expect(after).toContain('privileged: false');
      expect(after).not.toMatch(/soon|hostUser/);
    },
  );

  it('refuse what a model drafts for Rego that asks for a string of replicas, and tell it why', {
    timeout: 120_000,
  }, async () => {
    const asked: string[] = [];
    const result = await fix(
      [{ file: 'web.yaml', text: DEPLOYMENT.replace('replicas: 1', 'replicas: 2') }],
      [{ file: 'p.yaml', text: WORDY }],
      {
        model: 'test:drafts',
        requestDigest: () => `d${asked.length}`,
        async predict(signature, input) {
          asked.push(JSON.stringify(input));
          const value = signature.output.parse({
            firstOperation: { op: 'replace', path: '/spec/replicas', valueJson: '"2"' },
            moreOperations: [],
          });
          const call = {
            signature: signature.name,
            model: 'test:drafts',
            parameters: {},
            requestDigest: 'r',
            durationMs: 1,
          };
          return { ok: true, value, call };
        },
        close: async () => {},
      },
    );
    expect(result.outcome).toBe('cannot-fix');
    expect(result.patches).toEqual([]);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toMatch(/schema: \/spec\/replicas: got string, want integer/);
  });

  it('are not blamed for what was wrong before', { timeout: 120_000 }, async () => {
    const text = DEPLOYMENT.replace('replicas: 1', 'replicas: "1"').replace(
      'name: main',
      'nam: x\n          name: main',
    );
    const result = await fix([{ file: 'web.yaml', text }], [PRIVILEGE]);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { after: 0, schema: { checked: true, invalid: 1 } } });
    expect(result.resources[0]?.violations).toHaveLength(1);
    const at = (words: string): number => text.split('\n').findIndex((line) => line.includes(words)) + 1;
    expect(result.verified.schema?.invalidObjects).toMatchObject([
      {
        object: { kind: 'Deployment', name: 'web' },
        file: 'web.yaml',
        errors: expect.arrayContaining([
          expect.objectContaining({ message: '/spec/replicas: got string, want integer', line: at('replicas: "1"') }),
        ]),
      },
    ]);
    expect(renderFix(result, { color: false })).toMatch(
      /^invalid as given: .*Deployment\/web web\.yaml:\d+: .*got string, want integer/m,
    );
  });

  it('stay unchecked for kinds that Kubernetes does not have, and the result says so', {
    timeout: 120_000,
  }, async () => {
    const text = 'apiVersion: example.com/v1\nkind: Cache\nmetadata: { name: c }\nspec: { size: small }\n';
    const result = await fix([{ file: 'c.yaml', text }], [kyverno('large', 'Cache', '{ spec: { tier: 2 } }')]);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { schema: { unchecked: ['example.com/v1/Cache'] } } });
  });
});

describe('what schemas have against a candidate', () => {
  const error = (message: string): Violation => ({
    resource: 0,
    engine: 'schema',
    policy: { kind: 'KubernetesSchema', name: '1' },
    message,
  });

  it('counts only where the object as given did not have it, wherever in a list', () => {
    const given = [error('/a/0/b: got string'), error('/c: got null')];
    expect(blameless([error('/a/3/b: got string')], given)).toEqual([]);
    expect(blameless([error('/a/3/b: got string'), error('/a/4/b: got string')], given)).toEqual([
      error('/a/4/b: got string'),
    ]);
    expect(blameless([error('/d: got number')], given)).toHaveLength(1);
    const policy: Violation = { ...error('/c: got null'), engine: 'kyverno' };
    expect(blameless([policy], given)).toEqual([policy]);
  });
});

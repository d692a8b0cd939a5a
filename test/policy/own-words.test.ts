import { describe, expect, it } from 'vitest';
import { withWholeNumbers, withWholeParameters } from '../../src/policy/cel-numbers.ts';
import { gatekeeper } from '../../src/policy/gatekeeper.ts';
import { kyverno } from '../../src/policy/kyverno.ts';
import { ownWords } from '../../src/policy/own-words.ts';
import { vap } from '../../src/policy/vap.ts';
import type { KubeObject, PolicyEngine } from '../../src/policy/violation.ts';

const GATE = 'variables.anyObject.spec.replicas - variables.params.spare > variables.params.least';
const ODD = 'object.spec.replicas % 2 == object.spec.least';
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas: 3 },
};
const gate = (expression: string): KubeObject[] => [
  {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: { name: 'spare' },
    spec: {
      crd: {
        spec: {
          names: { kind: 'Spare' },
          validation: { openAPIV3Schema: { type: 'object', properties: { spare: { type: 'integer' } } } },
        },
      },
      targets: [
        {
          target: 'admission.k8s.gatekeeper.sh',
          code: [{ engine: 'K8sNativeValidation', source: { validations: [{ expression, message: 'no' }] } }],
        },
      ],
    },
  },
  {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: 'Spare',
    metadata: { name: 'spare' },
    spec: { parameters: { spare: 2 } },
  },
];
const admission = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'odd' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
    },
    validations: [{ expression: ODD }],
  },
};
const cluster = {
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name: 'odd' },
  spec: {
    rules: [
      {
        name: 'odd',
        match: { any: [{ resources: { kinds: ['Deployment'] } }] },
        validate: { cel: { expressions: [{ expression: ODD, message: 'odd' }] } },
      },
    ],
  },
};

const said = (engine: PolicyEngine, policies: readonly KubeObject[]) =>
  engine.violations({ resources: [web], policies }, new AbortController().signal);

describe('what an engine says of an expression that was rewritten for it', () => {
  it.each([
    ['Gatekeeper', gatekeeper, gate(GATE), GATE],
    ['ValidatingAdmissionPolicy', vap, [admission], ODD],
    ['Kyverno', kyverno, [cluster], ODD],
  ] as const)(
    'quotes it as it stands in the policy: %s',
    async (_, engine, policies, expression) => {
      const rewrite = engine === gatekeeper ? withWholeParameters : withWholeNumbers;
      expect(rewrite(expression)).not.toBe(expression);
      const [violation] = await said(engine, policies);
      expect(violation?.message).toContain(`expression '${expression}' resulted in error: no such key: least`);
    },
    60_000,
  );

  it("points into no line that is not there, and an expression that does not compile is the policy's fault", async () => {
    const expression = 'variables.params.spare - variables.params.least > int("x") * true';
    const [violation] = await said(gatekeeper, gate(expression));
    expect(violation).toMatchObject({ failed: true });
    expect(violation?.message).toMatch(/^compilation error: .*<input>:1: found no matching overload/);
    expect(violation?.message.trimEnd().endsWith(`| ${expression}`)).toBe(true);
  }, 60_000);

  it('is left alone where it is about nothing of the kind', () => {
    const own = ownWords([admission], withWholeNumbers);
    const other = `replicas: ${withWholeNumbers(ODD)}`;
    expect(own(other)).toBe(other);
    expect(own("expression 'a' resulted in error: b")).toBe("expression 'a' resulted in error: b");
  });
});

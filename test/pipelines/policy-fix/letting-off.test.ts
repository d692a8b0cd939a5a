import { beforeAll, describe, expect, it } from 'vitest';
import type { FixResult } from '../../../pipelines/policy-fix/schema.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix, patched } from './walk.ts';

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: { name: gull, namespace: dock, labels: { app: gull }, annotations: { note: x } }
spec:
  replicas: 2
  selector: { matchLabels: { app: gull } }
  template:
    metadata: { labels: { app: gull } }
    spec:
      containers:
        - name: gull
          image: oci.example.net/dock/gull:latest
          ports: [{ containerPort: 80 }]
          env: [{ name: DEBUG, value: "1" }]
`;

/** What breaks a rule in CEL, Rego and Kyverno's conditions, and what the answer speaks of. */
const RULES = {
  probe: {
    cel: 'has(c.livenessProbe)',
    rego: 'not c.livenessProbe',
    kyverno: ['{{ element.livenessProbe || `{}` }}', 'Equals', '{}'],
    about: 'livenessProbe',
  },
  limits: {
    cel: 'c.?resources.?limits.?memory.hasValue()',
    rego: 'not c.resources.limits.memory',
    kyverno: [`{{ element.resources.limits.memory || '' }}`, 'Equals', '""'],
    about: 'limits',
  },
  registry: {
    cel: "c.image.startsWith('harbor.example.net/')",
    rego: 'not startswith(c.image, "harbor.example.net/")',
    kyverno: [`{{ starts_with(element.image, 'harbor.example.net/') }}`, 'Equals', 'false'],
    about: 'harbor.example.net/dock/gull',
  },
  tag: {
    cel: "!c.image.endsWith(':latest')",
    rego: 'endswith(c.image, ":latest")',
    kyverno: [`{{ ends_with(element.image, ':latest') }}`, 'Equals', 'true'],
    about: 'version',
  },
  pull: {
    cel: "c.?imagePullPolicy.orValue('') == 'Always'",
    rego: 'object.get(c, "imagePullPolicy", "") != "Always"',
    kyverno: [`{{ element.imagePullPolicy || '' }}`, 'NotEquals', '"Always"'],
    about: 'imagePullPolicy',
  },
} as const;

/** Who is let off: by a label, and by an annotation. */
const LETS_OFF = [
  {
    key: 'example.com/mode',
    value: 'batch',
    cel: `object.metadata.?labels[?'example.com/mode'].orValue('') == 'batch'`,
    rego: 'not input.review.object.metadata.labels["example.com/mode"] == "batch"',
    kyverno: `{{ request.object.metadata.labels."example.com/mode" || '' }}`,
  },
  {
    key: 'example.com/legacy',
    value: 'true',
    cel: `object.metadata.?annotations[?'example.com/legacy'].orValue('') == 'true'`,
    rego: 'object.get(object.get(input.review.object.metadata, "annotations", {}), "example.com/legacy", "") != "true"',
    kyverno: `{{ request.object.metadata.annotations."example.com/legacy" || '' }}`,
  },
] as const;

type Rule = (typeof RULES)[keyof typeof RULES];
type LetsOff = (typeof LETS_OFF)[number];

const vap = (name: string, { cel }: Rule, off: LetsOff, message: string): string => `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: ${name} }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments] }]
  validations:
    - expression: "${off.cel} || object.spec.template.spec.containers.all(c, ${cel})"
      message: ${message}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: ${name} }
spec: { policyName: ${name}, validationActions: [Deny] }
`;

const gatekeeper = (name: string, { rego }: Rule, off: LetsOff, message: string): string => `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: off${name} }
spec:
  crd: { spec: { names: { kind: Off${name} } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package off${name}
        violation[{"msg": msg}] {
          ${off.rego}
          c := input.review.object.spec.template.spec.containers[_]
          ${rego}
          msg := sprintf("%v: ${message}", [c.name])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Off${name}
metadata: { name: off${name} }
spec: { match: { kinds: [{ apiGroups: [apps], kinds: [Deployment] }] } }
`;

const kyverno = (name: string, { kyverno: [key, operator, value] }: Rule, off: LetsOff, message: string): string => `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: ${name} }
spec:
  validationFailureAction: Enforce
  rules:
    - name: ${name}
      match: { any: [{ resources: { kinds: [Deployment] } }] }
      validate:
        message: ${message}
        foreach:
          - list: request.object.spec.template.spec.containers
            deny:
              conditions:
                all:
                  - { key: ${JSON.stringify(off.kyverno)}, operator: NotEquals, value: "${off.value}" }
                  - { key: ${JSON.stringify(key)}, operator: ${operator}, value: ${value} }
`;

const ENGINES = { vap, gatekeeper, kyverno };

const judged = (policy: string, text = MANIFEST): Promise<FixResult> =>
  fix([{ file: 'gull.yaml', text }], [{ file: 'policy.yaml', text: policy }]);

const decisionsOf = (result: FixResult): FixResult['resources'][number]['decisions'] =>
  result.resources.flatMap(({ decisions }) => decisions);

describe('labels and annotations by which a policy only lets objects off', () => {
  beforeAll(() => Promise.all([program('gator'), program('kyverno')]), BUILD_TIMEOUT_MS);

  const cases = Object.entries(RULES).flatMap(([name, rule]) =>
    LETS_OFF.flatMap((off) => Object.entries(ENGINES).map(([engine, write]) => ({ name, rule, off, engine, write }))),
  );
  it.each(cases)('$engine, $name: $off.key is neither set nor offered', async ({ name, rule, off, write }) => {
    const result = await judged(write(name, rule, off, `containers keep the rule on the ${name}`));
    expect(patched(MANIFEST, result, 'gull.yaml')).not.toContain(off.key);
    expect(JSON.stringify(decisionsOf(result))).not.toContain(off.key);
    expect(JSON.stringify([decisionsOf(result), result.patches])).toContain(rule.about);
  });

  it('a message that tells people to set it makes it a way like others, one that tells whom it lets off does not', async () => {
    const [mode] = LETS_OFF;
    const said = await judged(vap('probe', RULES.probe, mode, 'Set example.com/mode to say how it is watched.'));
    expect(JSON.stringify(said)).toContain('example.com~1mode');
    const excepted = await judged(vap('probe', RULES.probe, mode, 'Containers have a probe unless mode is batch.'));
    expect(JSON.stringify([decisionsOf(excepted), excepted.patches])).not.toContain('example.com~1mode');
  });

  it('a key that a program reads does something by itself', async () => {
    const service = `apiVersion: v1
kind: Service
metadata: { name: gull, namespace: dock }
spec: { type: LoadBalancer, selector: { app: gull }, ports: [{ port: 80 }] }
`;
    const key = 'service.beta.kubernetes.io/aws-load-balancer-internal';
    const result = await fix(
      [{ file: 'gull.yaml', text: service }],
      [
        {
          file: 'policy.yaml',
          text: vap('inside', RULES.probe, LETS_OFF[0], 'Nothing here is reached from outside.')
            .replace('apiGroups: [apps]', 'apiGroups: [""]')
            .replace('resources: [deployments]', 'resources: [services]')
            .replace(
              /expression: .*/,
              `expression: "object.spec.?type.orValue('') != 'LoadBalancer' || object.metadata.?annotations[?'${key}'].orValue('') == 'true'"`,
            ),
        },
      ],
    );
    expect(JSON.stringify([decisionsOf(result), result.patches])).toContain(key);
  });
});

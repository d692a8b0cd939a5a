import { beforeAll, describe, expect, it } from 'vitest';
import { notesOnNumbers } from '../../../pipelines/policy-fix/cel/integers.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix } from './walk.ts';

const policy = (expression: string, variables: { name: string; expression: string }[] = []) => ({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'ValidatingPolicy',
  metadata: { name: 'counts' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
    },
    variables,
    validations: [{ expression, message: 'not so many' }],
  },
});

describe('whole numbers in CEL, which Kyverno takes for doubles', () => {
  beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

  it.each([
    'type(object.spec.replicas) == double',
    '(object.spec.replicas + object.spec.minReadySeconds) % 2 == 0',
    '2 + (has(object.spec.replicas) ? object.spec.replicas : 1) > 3',
  ])('%s is noted', (expression) => {
    expect(notesOnNumbers([policy(expression)])).toEqual([expect.stringContaining(expression)]);
  });

  it.each([
    'object.spec.replicas % 2 == 1',
    'object.spec.replicas / 2 >= 1',
    'object.spec.replicas + 1 <= 4',
    'object.spec.replicas - size(object.metadata.labels) > 0',
    'type(object.spec.replicas) == int',
    'object.spec.template.spec.containers.all(c, c.ports.all(p, p.containerPort % 10 == 0))',
    'object.spec.?replicas.orValue(1) * 2 < 9',
  ])('%s is made whole, and not noted', (expression) => expect(notesOnNumbers([policy(expression)])).toEqual([]));

  it.each([
    'object.spec.replicas >= 2 && object.spec.replicas in [2, 3]',
    'int(object.spec.replicas) % 2 == 1',
    "object.metadata.name + '-web' == object.metadata.labels.app",
    'type(object.spec.replicas) != string',
    'size(object.spec.template.spec.containers) + 1 < 4',
    "timestamp(object.metadata.creationTimestamp) - duration('1h') < timestamp('2030-01-01T00:00:00Z')",
  ])('%s is not', (expression) => expect(notesOnNumbers([policy(expression)])).toEqual([]));

  it('what a variable has made an integer of is one', () => {
    const variable = (expression: string) =>
      policy('(variables.n + variables.n) % 2 == 1', [{ name: 'n', expression }]);
    expect(notesOnNumbers([variable('object.spec.replicas')])).toHaveLength(1);
    expect(notesOnNumbers([variable('int(object.spec.replicas)')])).toEqual([]);
  });

  it('a ValidatingAdmissionPolicy needs no note where its numbers are made whole', () => {
    const kind = 'ValidatingAdmissionPolicy';
    expect(notesOnNumbers([{ ...policy('object.spec.replicas % 2 == 1'), kind }])).toEqual([]);
    expect(notesOnNumbers([{ ...policy('type(object.spec.replicas) == double'), kind }])).toHaveLength(1);
  });

  it('the engine does say otherwise than a cluster would, and the result tells', { timeout: 120_000 }, async () => {
    const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: d, namespace: lab }
spec:
  replicas: 3
  selector: { matchLabels: { app: d } }
  template:
    metadata: { labels: { app: d } }
    spec: { containers: [{ name: c, image: registry.example.com/c:1 }] }
`;
    const judged = async (expression: string) =>
      fix([{ file: 'd.yaml', text }], [{ file: 'p.yaml', text: JSON.stringify(policy(expression)) }]);
    expect(await judged('type(object.spec.replicas) == int')).toMatchObject({ outcome: 'compliant', notes: [] });
    expect(await judged('object.spec.replicas % 2 == 1')).toMatchObject({ outcome: 'compliant', notes: [] });
    expect(await judged('type(object.spec.replicas) == double')).toMatchObject({
      outcome: 'compliant',
      notes: [expect.stringContaining('a cluster may say something else')],
    });
    expect(await judged('object.spec.replicas == 3')).toMatchObject({ outcome: 'compliant', notes: [] });
  });
});

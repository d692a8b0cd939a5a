import { expect, it } from 'vitest';
import { judgesAny } from '../../src/policy/judging.ts';

const rules = (...bodies: object[]) => ({
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name: 'p' },
  spec: { rules: bodies },
});
const ofCel = (kind: string) => ({ apiVersion: 'policies.kyverno.io/v1', kind, metadata: { name: 'p' }, spec: {} });
const template = { apiVersion: 'templates.gatekeeper.sh/v1', kind: 'ConstraintTemplate', metadata: { name: 't' } };
const constraint = { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: 'T', metadata: { name: 'c' } };
const exception = { apiVersion: 'kyverno.io/v2', kind: 'PolicyException', metadata: { name: 'e' } };

it.each([
  ['rules that verify images, mutate and generate', [rules({ verifyImages: [] }, { mutate: {} }, { generate: {} })]],
  [
    'policies that verify images, make and delete',
    ['ImageValidating', 'Generating', 'Deleting'].map((does) => ofCel(`${does}Policy`)),
  ],
  ['a policy that only changes objects', [ofCel('MutatingPolicy'), exception]],
  ['a template without a constraint', [template]],
])('%s judge nothing', (_, policies) => expect(judgesAny(policies)).toBe(false));

it.each([
  ['a rule that validates beside others', [rules({ mutate: {} }, { validate: {} })]],
  ['a ValidatingPolicy', [ofCel('ImageValidatingPolicy'), ofCel('ValidatingPolicy')]],
  ['a constraint', [template, constraint]],
])('%s judges', (_, policies) => expect(judgesAny(policies)).toBe(true));

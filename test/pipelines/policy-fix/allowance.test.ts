import { describe, expect, it } from 'vitest';
import { allowanceFor } from '../../../pipelines/policy-fix/allowance.ts';
import type { Progress } from '../../../pipelines/policy-fix/search.ts';
import { openWorkspace } from '../../../pipelines/policy-fix/workspace.ts';

const template = (rego: string): string => `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: unique }
spec:
  crd: { spec: { names: { kind: Unique } } }
  targets: [{ target: admission.k8s.gatekeeper.sh, rego: '${rego}' }]
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Unique
metadata: { name: unique }
`;
const OBJECTS = ['a', 'b', 'c', 'd', 'e', 'f'];
const workspaceOf = (rego: string) =>
  openWorkspace({
    manifests: OBJECTS.map((name) => ({
      file: `${name}.yaml`,
      text: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`,
    })),
    policies: [{ file: 'p.yaml', text: template(rego) }],
  });
const of = (resource: number) => ({ resource }) as Progress;
const TRIALS = Array.from({ length: 100 }, (_, at) => at);

describe('what may be tried', () => {
  it('is bounded where each trial is a start of an engine: for an object, over its rounds, and for a run', () => {
    const allowance = allowanceFor(workspaceOf('package u violation[{"msg": "x"}] { data.inventory.namespace[_] }'));
    expect(allowance.take(of(0), TRIALS.slice(0, 30))).toHaveLength(30);
    expect(allowance.notes()).toEqual([]);
    const rest = allowance.take(of(0), TRIALS);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest).toEqual(TRIALS.slice(0, rest.length));
    expect(allowance.take(of(0), TRIALS)).toEqual([]);
    const taken = OBJECTS.map((_, at) => allowance.take(of(at), TRIALS).length);
    expect(taken[1]).toBe(30 + rest.length);
    expect(taken.at(-1)).toBe(0);
    expect(allowance.notes()).toEqual([
      expect.stringMatching(/ConfigMap\/a, .*cut short: ConstraintTemplate "unique"/),
    ]);
  });

  it('is everything where candidates are judged together', () => {
    const allowance = allowanceFor(workspaceOf('package u violation[{"msg": "x"}] { input.review.object.data.b }'));
    expect(allowance.take(of(0), TRIALS)).toEqual(TRIALS);
    expect(allowance.take(of(0), TRIALS)).toEqual(TRIALS);
    expect(allowance.notes()).toEqual([]);
  });
});

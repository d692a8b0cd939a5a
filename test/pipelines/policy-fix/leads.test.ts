import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix } from './walk.ts';

/** A policy whose one condition goes through a digest: nobody reads what it wants. */
function hidden(condition: string, parameters: string): string {
  return `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: hidden }
spec:
  crd:
    spec:
      names: { kind: Hidden }
      validation: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package hidden
        digest(x) = d { d := crypto.sha256(sprintf("%v", [x])) }
        violation[{"msg": "refused"}] {
          ${condition}
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Hidden
metadata: { name: hidden }
spec:
  match: { kinds: [{ apiGroups: ["*"], kinds: ["*"] }] }
  parameters: ${parameters}
`;
}

const gate = `apiVersion: x.example.com/v1
kind: Gate
metadata: { name: north, namespace: lab }
spec: { mode: none, depth: 9, levels: [low, high] }
`;

async function choicesOf(condition: string, parameters: string, text = gate) {
  const result = await fix([{ file: 'a.yaml', text }], [{ file: 'p.yaml', text: hidden(condition, parameters) }]);
  const choices = result.resources.flatMap(({ decisions }) => decisions.flatMap(({ choices }) => choices));
  expect(result.patches).toEqual([]);
  return { outcome: result.outcome, values: choices.map(({ value }) => value) };
}

describe('edits that nobody read', { timeout: 60_000 }, () => {
  beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);

  it('are offered where the engine accepts what the policy names, and no other text', async () => {
    const condition = `good := {d | d := digest(input.parameters.modes[_])}
          not good[digest(input.review.object.spec.mode)]`;
    expect(await choicesOf(condition, '{ modes: [strict, plain] }')).toEqual({
      outcome: 'needs-decision',
      values: ['strict', 'plain'],
    });
  });

  it('are not where any text would do: what the policy names is no better then', async () => {
    const condition = `bad := {d | d := digest(input.parameters.modes[_])}
          bad[digest(input.review.object.spec.mode)]`;
    expect(await choicesOf(condition, '{ modes: [none, plain] }')).toEqual({ outcome: 'cannot-fix', values: [] });
  });

  it('are not where any text would do in all items of a list together', async () => {
    const gates = gate.replace('mode: none', 'doors: [{ mode: none }, { mode: none }]');
    const condition = `bad := {d | d := digest(input.parameters.modes[_])}
          bad[digest(input.review.object.spec.doors[_].mode)]`;
    expect(await choicesOf(condition, '{ modes: [none], spare: plain }', gates)).toEqual({
      outcome: 'cannot-fix',
      values: [],
    });
  });

  it('are no names of fields that the code looks for', async () => {
    const condition = `door := object.get(input.review.object, "spec", {"levels": []})
          good := {d | some i; d := digest(["spec", "levels", "mode"][i])}
          not good[digest(door["mode"])]`;
    expect((await choicesOf(condition, '{}')).values).toEqual(['spec', 'levels', 'mode']);
    const keys = condition.replace('["spec", "levels", "mode"][i]', 'split("spec levels mode", " ")[i]');
    expect(await choicesOf(keys, '{}')).toEqual({ outcome: 'cannot-fix', values: [] });
  });

  it('take a member of a list away, and name the number that changes least', async () => {
    const list = 'digest(input.review.object.spec.levels[_]) == digest(input.parameters.level)';
    expect((await choicesOf(list, '{ level: high }')).values).toEqual([null]);
    const number = `good := {d | d := digest(input.parameters.depths[_])}
          not good[digest(input.review.object.spec.depth)]`;
    expect((await choicesOf(number, '{ depths: [1, 7, 20] }')).values).toEqual([7]);
  });

  it('give no right', async () => {
    const pod = `apiVersion: v1
kind: Pod
metadata: { name: a, namespace: lab }
spec: { hostNetwork: false, containers: [{ name: a, image: "registry.example.com/a:1" }] }
`;
    const condition = 'digest(input.review.object.spec.hostNetwork) == digest(false)';
    expect(await choicesOf(condition, '{}', pod)).toEqual({ outcome: 'cannot-fix', values: [] });
  });
});

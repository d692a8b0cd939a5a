import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asker } from '../../../pipelines/policy-fix/ask.ts';
import { openWorkspace } from '../../../pipelines/policy-fix/workspace.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { definePipeline } from '../../../src/runs/pipeline.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';

const POLICY = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: nob }
spec:
  crd: { spec: { names: { kind: NoB } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package nob
        violation[{"msg": msg}] { b := input.review.object.data.b; msg := sprintf("b is %v", [b]) }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoB
metadata: { name: no-b }
`;
const map = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data });
const at = (...data: Record<string, string>[]) => data.map((entry, resource) => ({ resource, object: map(entry) }));

describe('asking the engines', () => {
  beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);

  it('answers in the order of the candidates and asks nothing twice in a run', async () => {
    const workspace = openWorkspace({
      manifests: [{ file: 'm.yaml', text: JSON.stringify(map({})) }],
      policies: [{ file: 'p.yaml', text: POLICY }],
    });
    const pipeline = definePipeline<unknown, unknown>({
      name: 'asks',
      version: 1,
      input: z.unknown(),
      output: z.unknown(),
      async run(_, step) {
        const { ask } = asker(workspace, step, async () => undefined);
        const said = async (name: string, candidates: ReturnType<typeof at>) =>
          (await ask(name, candidates)).map((list) => list.map(({ resource, message }) => [resource, message]));
        return {
          first: await said('first', at({ b: '1' }, {}, { b: '1' }, { b: '2' })),
          again: await said('again', at({}, { b: '2' })),
          more: await said('more', at({ b: '3' }, { b: '1' })),
          none: await said('none', []),
        };
      },
    });
    const { run, journal } = await runInProcess(pipeline, {}, { predictor: noModel() });
    expect(run.error).toBeUndefined();
    expect(run.output).toEqual({
      first: [[[0, 'b is 1']], [], [[2, 'b is 1']], [[3, 'b is 2']]],
      again: [[], [[1, 'b is 2']]],
      more: [[[0, 'b is 3']], [[1, 'b is 1']]],
      none: [],
    });
    // Three distinct objects were asked about at first, then one; a question whose answers are known is not asked.
    expect(journal.map(({ step, value }) => [step, (value as { verdicts: unknown[] }).verdicts.length])).toEqual([
      ['engine-first', 3],
      ['engine-more', 1],
    ]);
  });
});

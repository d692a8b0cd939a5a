import { describe, expect, it } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { fromExplanation, reproduced } from '../../../pipelines/policy-fix/denial.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { evidenceOf } from '../deploy-explanation/git/shop.ts';

type Texts = readonly { readonly name: string; readonly text: string }[];

async function explained(evidence: Texts): Promise<Explanation> {
  const { run } = await runInProcess(deployExplanation, { evidence: [...evidence] }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

describe('a denial that an explanation found', () => {
  it.each([
    [
      'gatekeeper-denied',
      'require-team-label',
      /constrainttemplates,constraints -o yaml > policies\.yaml && .*\| opsline fix - --policies/,
    ],
    ['kyverno-denied', expect.any(String), /clusterpolicies,policies -A -o yaml > policies\.yaml && /],
    ['pod-security-denied', undefined, /opsline fix (?:-|\.) --engine pss --level restricted$/],
  ])('of %s is what policy-fix starts with, and its remedy says how', async (kind, policy, command) => {
    const evidence = evidenceOf(`admission/${kind}`);
    const explanation = await explained(evidence);
    const found = fromExplanation(explanation, evidence);
    expect(found.denial).toMatchObject({ kind, object: explanation.rootCause?.object });
    if (policy === undefined) expect(found).toMatchObject({ engines: ['pss'], level: 'restricted' });
    else expect(found.denial?.policy).toEqual(policy);
    const remedy = explanation.remedies.find(({ starts }) => starts === 'policy-fix');
    expect(remedy).toMatchObject({ changes: false, risk: 'none', command: expect.stringMatching(command) });
  });

  it('comes with the object as somebody would have written it', async () => {
    const evidence = evidenceOf('admission/gatekeeper-denied');
    const object = (annotations: string) =>
      `kind: List\napiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: { name: cart, namespace: shop, uid: u, managedFields: [], annotations: ${annotations} }\n  spec: { replicas: 2 }\n  status: { replicas: 0 }\n`;
    const plain = fromExplanation(await explained(evidence), [
      ...evidence,
      { name: 'a', text: object('{ keep: this }') },
    ]);
    expect(plain.manifests.map(({ file }) => file)).toEqual(['deployment-cart.yaml']);
    expect(parseManifest('x', plain.manifests[0]?.text ?? '').documents[0]?.json).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'cart', namespace: 'shop', annotations: { keep: 'this' } },
      spec: { replicas: 2 },
    });
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' }, spec: {} };
    const annotation = `{ kubectl.kubernetes.io/last-applied-configuration: ${JSON.stringify(JSON.stringify(applied))} }`;
    const written = fromExplanation(await explained(evidence), [...evidence, { name: 'a', text: object(annotation) }]);
    expect(parseManifest('x', written.manifests[0]?.text ?? '').documents[0]?.json).toEqual(applied);
  });

  it('is reproduced by the same policy alone', () => {
    const denial = { kind: 'gatekeeper-denied', object: { kind: 'Pod', name: 'p' }, message: '', policy: 'a' };
    const violation = (name: string) =>
      [{ violations: [{ engine: 'gatekeeper', policy: { kind: 'K', name } }] }] as unknown as Parameters<
        typeof reproduced
      >[1];
    expect([reproduced(denial, violation('a')), reproduced(denial, violation('b'))]).toEqual([true, false]);
  });
});

import { describe, expect, it } from 'vitest';
import type { FixResult } from '../../pipelines/policy-fix/schema.ts';
import { applyOperations } from '../../src/manifest/patch.ts';
import { cli } from '../helpers/cli.ts';
import { deployment, ENFORCED, guardedPlane, namespace, objectsIn, POLICIES, pod } from '../helpers/guarded-plane.ts';
import type { Written } from '../helpers/kube-client.ts';

const guarded = guardedPlane();
const { dryRun, write } = guarded;

describe('what the API server denies, opsline mends without it', { timeout: 120_000 }, () => {
  it('writes a patch for ValidatingAdmissionPolicies that the same server takes', async () => {
    const before = deployment('web', { tier: 'web' }, { hostNetwork: true });
    await expect(guarded.plane.admin.client.create(before)).rejects.toThrow(
      /ValidatingAdmissionPolicy '[\w-]+'.*denied request/s,
    );
    const manifest = await write('vap/web.yaml', [before]);
    const policies = await write('vap-policies.yaml', POLICIES);
    const { code, stdout, stderr } = await cli(['fix', manifest, '--policies', policies, '--write', '-o', 'json']);
    expect({ code, stderr }, stderr).toMatchObject({ code: 0 });
    const result = JSON.parse(stdout) as FixResult;
    expect(result).toMatchObject({ outcome: 'fixed', verified: { engine: 'vap', after: 0 } });
    const [after] = (await objectsIn(manifest)) as [Written];
    expect(after).not.toEqual(before);
    await dryRun(after);
    const made = await guarded.plane.admin.client.create(after);
    expect(made.metadata.uid).toBeDefined();
  });

  it('offers choices, each of which the server takes, and takes none unasked', async () => {
    const before = deployment('worker', { tier: 'midnight' }, {});
    const manifest = await write('ask/worker.yaml', [before]);
    const policies = await write('ask-policies.yaml', POLICIES);
    const { code, stdout, stderr } = await cli(['fix', manifest, '--policies', policies, '--write', '-o', 'json']);
    expect(code, stderr).toBe(1);
    const { outcome, resources } = JSON.parse(stdout) as FixResult;
    expect(outcome).toBe('needs-decision');
    const [patched] = (await objectsIn(manifest)) as [Written];
    await expect(dryRun(patched)).rejects.toThrow(/known-tier/);
    const choices = resources[0]?.decisions.flatMap((decision) => decision.choices) ?? [];
    expect(choices.map(({ value }) => value).sort()).toEqual(['batch', 'web']);
    for (const { operations } of choices) await dryRun(applyOperations(patched as never, operations) as never);
  });

  it('writes a patch for a namespace under Pod Security that the same server takes', async () => {
    const before = pod('tool');
    await expect(guarded.plane.admin.client.create(before)).rejects.toThrow(/violates PodSecurity "restricted/);
    const manifest = await write('pss/tool.yaml', [namespace('guarded', ENFORCED), before]);
    const { code, stdout, stderr } = await cli(['fix', manifest, '--engine', 'pss', '--write', '-o', 'json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'fixed', verified: { engine: 'pss', after: 0 } });
    const [, after] = (await objectsIn(manifest)) as [Written, Written];
    await dryRun(after);
    await guarded.plane.admin.client.create(after);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { READ_ONLY_POLICY, workload } from './read-only.ts';
import { fix } from './walk.ts';

const BOUNDED = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: bounded }
spec:
  matchConstraints: { resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }] }
  validations: [{ expression: "object.metadata.name != 'web'", message: not this name }]
`;
const TEMPLATE = READ_ONLY_POLICY.replace('violation[', 'violation[[');

describe('a broken policy beside whole ones of another engine', () => {
  beforeAll(() => Promise.all([program('gator'), program('kyverno')]), BUILD_TIMEOUT_MS);

  it('does not keep those from judging, and makes nothing green', async () => {
    const texts = [workload('Deployment', 'web'), workload('Deployment', 'api')];
    const manifests = texts.map((text, i) => ({ file: `${i}.yaml`, text }));
    const { outcome, resources, policyErrors, verified, notes } = await fix(manifests, [
      { file: 'whole.yaml', text: BOUNDED },
      { file: 'broken.yaml', text: TEMPLATE },
    ]);
    expect(outcome).toBe('policy-error');
    expect(resources.map((one) => one.outcome)).toEqual(['cannot-fix', 'not-judged']);
    expect(resources[0]?.violations).toMatchObject([
      { message: 'not this name', enforcement: 'not enforced: no binding was given' },
    ]);
    expect(policyErrors).toMatchObject([{ kind: 'ConstraintTemplate', file: 'broken.yaml' }]);
    expect(verified).toMatchObject({ engine: 'vap', before: 1, after: 1 });
    expect(notes).toContainEqual(expect.stringContaining('gatekeeper judged nothing'));
  }, 60_000);
});

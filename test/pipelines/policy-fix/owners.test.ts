import { beforeAll, describe, expect, it } from 'vitest';
import { renderFixMarkdown } from '../../../pipelines/policy-fix/formats/markdown.ts';
import { policyFix } from '../../../pipelines/policy-fix/index.ts';
import { renderFix } from '../../../pipelines/policy-fix/render.ts';
import type { FixResult } from '../../../pipelines/policy-fix/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';

const policy = (expressions: Record<string, string>, resource = 'deployments') => `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: house }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [apps, ""], apiVersions: [v1], operations: [CREATE], resources: [${resource}] }]
  validations:
${Object.entries(expressions)
  .map(([message, expression]) => `    - { expression: ${JSON.stringify(expression)}, message: ${message} }`)
  .join('\n')}
`;
const deployment = (name: string, spec: string, pod = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: a } }
${spec}  template:
    metadata: { labels: { app: a } }
    spec:
${pod}      containers:
        - { name: a, image: "registry.example.com/a:1" }
        - { name: b, image: "registry.example.com/b:1" }
`;

async function fix(manifests: Record<string, string>, rules: string): Promise<FixResult> {
  const files = Object.entries(manifests).map(([file, text]) => ({ file, text }));
  const { run } = await runInProcess(
    policyFix,
    { manifests: files, policies: [{ file: 'p.yaml', text: rules }] },
    { predictor: noModel() },
  );
  expect(run.error).toBeUndefined();
  return run.output as FixResult;
}
const of = ({ resources }: FixResult, name: string) => resources.filter(({ object }) => object.name === name);

beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

describe('a value that somebody chose', () => {
  const bounds = policy({
    grace:
      '!has(object.spec.template.spec.terminationGracePeriodSeconds) || object.spec.template.spec.terminationGracePeriodSeconds <= 60',
    replicas: 'object.spec.replicas >= 2 && object.spec.replicas <= 5',
    history: '!has(object.spec.revisionHistoryLimit) || object.spec.revisionHistoryLimit <= 5',
  });
  it('is asked about where less of it ends work, or its comment explains it; else the bound is an edit', {
    timeout: 120_000,
  }, async () => {
    const result = await fix(
      {
        'a.yaml': deployment('slow', '  replicas: 3\n', '      terminationGracePeriodSeconds: 600\n'),
        'b.yaml': deployment('one', '  replicas: 1 # the licence is for one\n'),
        'c.yaml': deployment('few', '  replicas: 1\n  revisionHistoryLimit: 20\n'),
        'd.yaml': deployment('many', '  replicas: 9\n'),
        'e.yaml': deployment('past', '  replicas: 3\n  revisionHistoryLimit: 20 # for the audit team\n'),
      },
      bounds,
    );
    const asked = (name: string) =>
      of(result, name).flatMap(({ decisions }) =>
        decisions.map(({ question, choices }) => [question, choices.map(({ value }) => value)]),
      );
    const edited = (name: string) => of(result, name).flatMap(({ edits }) => edits.flatMap(({ changes }) => changes));
    expect(asked('slow')).toEqual([
      [expect.stringMatching(/^Will 60 do .* instead of 600, which somebody chose\?$/), [60]],
    ]);
    expect(edited('slow')).toEqual([]);
    expect(asked('one')).toEqual([[expect.stringContaining('"the licence is for one"'), [2]]]);
    expect(edited('many')).toEqual(['changes /spec/replicas from 9 to 5']);
    expect(asked('past')).toEqual([[expect.stringContaining('"for the audit team"'), [5]]]);
    // More of it, and what protects nothing.
    expect(asked('few')).toEqual([]);
    expect(edited('few')).toEqual([
      'changes /spec/replicas from 1 to 2',
      'changes /spec/revisionHistoryLimit from 20 to 5',
    ]);
    expect(result.outcome).toBe('needs-decision');
  });
});

describe('what cannot be fixed', () => {
  it('says why no edit is taken, and who decides', async () => {
    const result = await fix(
      { 'a.yaml': deployment('one_two', '  replicas: 1\n') },
      policy({
        few: 'object.spec.template.spec.containers.size() <= 1',
        named: "object.metadata.name.matches('^[a-z]+-(api|worker)$')",
        never: 'false',
        odd: 'object.metadata.name.size() + object.spec.template.spec.containers.size() > 40',
      }),
    );
    const reason = result.resources[0]?.reason?.split('\n');
    expect(result.outcome).toBe('cannot-fix');
    expect(reason).toEqual([
      expect.stringMatching(/validations\[0\]: .*how many parts.*who owns it/),
      expect.stringMatching(/validations\[1\]: .*what the object is called.*who owns it/),
      expect.stringMatching(/validations\[2\]: .*accepts nothing.*who wrote the policy/),
      // It reads more than the name: what it means is not guessed.
      expect.stringMatching(/validations\[3\]: none of the edits and answers/),
    ]);
  });
});

describe('what no policy is about', () => {
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n';
  it('is counted apart, and is not found good', async () => {
    const manifests = { 'a.yaml': deployment('good', '  replicas: 2\n'), 'b.yaml': map };
    const result = await fix(manifests, policy({ two: 'object.spec.replicas >= 2' }));
    expect(result.outcome).toBe('compliant');
    expect(result.resources.map(({ applies }) => applies)).toEqual([undefined, false]);
    const words = 'no policy applies to 1 object (ConfigMap)';
    const text = renderFix(result, { color: false });
    expect(text).toContain('1 object already compliant');
    expect(text).toContain(words);
    expect(renderFixMarkdown(result)).toContain(words);
  });

  it('is nothing that a policy is about, and holds', async () => {
    const result = await fix({ 'b.yaml': map }, policy({ any: 'true' }, 'configmaps, deployments'));
    expect(result.resources.map(({ applies }) => applies)).toEqual([undefined]);
    expect(renderFix(result, { color: false })).not.toContain('no policy applies');
  });
});

describe('a folder that Applications bring to several namespaces', () => {
  const application = (namespace: string) =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${namespace} }\nspec: { source: { repoURL: "https://git.example.com/a.git", path: shop }, destination: { namespace: ${namespace} } }\n`;
  it('is judged in each, and mended once for all', async () => {
    const result = await fix(
      {
        'apps.yaml': `${application('dev')}---\n${application('live')}`,
        'shop/a.yaml': deployment('web', '  replicas: 1\n', '      hostNetwork: true\n'),
      },
      policy({
        pairs: "object.metadata.namespace != 'live' || object.spec.replicas >= 2",
        inside: '!has(object.spec.template.spec.hostNetwork) || !object.spec.template.spec.hostNetwork',
      }),
    );
    const seen = of(result, 'web').map(({ object, outcome, violations, patched }) => [
      object.namespace,
      outcome,
      violations.map(({ message }) => message),
      patched,
    ]);
    expect(seen).toEqual([
      ['dev', 'fixed', ['inside'], ['shop/a.yaml']],
      ['live', 'fixed', ['pairs', 'inside'], ['shop/a.yaml']],
    ]);
    const lines = result.patches[0]?.diff.split('\n').filter((line) => /^[+-] /.test(line)) ?? [];
    expect(lines.filter((line) => line.includes('replicas'))).toEqual(['-  replicas: 1', '+  replicas: 2']);
    expect(lines.filter((line) => line.startsWith('+') && line.includes('hostNetwork: true'))).toEqual([]);
    expect(result.verified).toMatchObject({ before: 3, after: 0 });
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FixResult } from '../../../pipelines/policy-fix/schema.ts';
import { treeOf } from '../../../pipelines/policy-fix/sources/read.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { buildKustomization } from '../../../src/manifest/kustomize/build.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { READ_ONLY_POLICY, workload } from './read-only.ts';
import { fix } from './walk.ts';

const ALL = [{ file: 'p.yaml', text: READ_ONLY_POLICY }];
/** The policy for the workloads of one namespace alone. */
const only = (namespace: string) => [
  { file: 'p.yaml', text: `${READ_ONLY_POLICY}spec: { match: { namespaces: [${namespace}] } }\n` },
];
const DEPLOYMENT = workload('Deployment', 'web').replace('  namespace: shop\n', '');
const BASE = { 'base/kustomization.yaml': 'resources: [web.yaml]\n', 'base/web.yaml': DEPLOYMENT };
const overlay = (name: string, more = ''): Record<string, string> => ({
  [`overlays/${name}/kustomization.yaml`]: `# ${name}\nnamespace: ${name}\nnamePrefix: ${name}-\nresources:\n  - ../../base\n${more}`,
});
const TWO = { ...BASE, ...overlay('dev'), ...overlay('prod') };
const READ_ONLY = 'securityContext:\n            readOnlyRootFilesystem: true';

type Files = Record<string, string>;
const run = (files: Files, policies = ALL) =>
  fix(
    Object.entries(files).map(([file, text]) => ({ file, text })),
    policies,
  );

/** The files after `git apply` took all patches. */
function applied(files: Files, result: FixResult): Files {
  const home = mkdtempSync(join(tmpdir(), 'opsline-kustomize-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, file)), { recursive: true });
      writeFileSync(join(home, file), text);
    }
    execFileSync('git', ['init', '-q'], { cwd: home });
    execFileSync('git', ['apply', '-'], { cwd: home, input: result.patches.map(({ diff }) => diff).join('') });
    const names = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = names.map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1));
    return Object.fromEntries(
      paths.filter((path) => !path.startsWith('.git/')).map((path) => [path, readFileSync(join(home, path), 'utf8')]),
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const built = (files: Files, folder: string): JsonObject[] =>
  buildKustomization(treeOf(new Map(Object.entries(files))), folder).objects;

/** Runs, applies the patches, and runs again: nothing may be left. Gives the files and the first result. */
async function mended(files: Files, policies = ALL): Promise<{ files: Files; result: FixResult }> {
  const result = await run(files, policies);
  expect(result).toMatchObject({ outcome: 'fixed', verified: { after: 0 } });
  const after = applied(files, result);
  expect(await run(after, policies)).toMatchObject({ outcome: 'compliant', patches: [] });
  return { files: after, result };
}
const changed = (before: Files, after: Files): string[] =>
  Object.keys(after).filter((file) => after[file] !== before[file]);

describe('kustomizations', () => {
  beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);

  it('are mended in the base when every overlay is denied', async () => {
    const { files, result } = await mended(TWO);
    expect(changed(TWO, files)).toEqual(['base/web.yaml']);
    expect(files['base/web.yaml']).toContain(READ_ONLY);
    expect(files['base/web.yaml']).toContain('# the one');
    expect(result.verified.before).toBe(2);
    expect(result.resources).toMatchObject([
      {
        object: { name: 'dev-web', namespace: 'dev' },
        kustomization: 'overlays/dev',
        file: 'base/web.yaml',
        patched: ['base/web.yaml'],
      },
      { object: { name: 'prod-web', namespace: 'prod' }, kustomization: 'overlays/prod', violations: [{ line: 13 }] },
    ]);
  }, 60_000);

  it('are mended in the overlay when another one on the same base is not denied', async () => {
    const { files, result } = await mended(TWO, only('prod'));
    const patch = 'overlays/prod/policy-fix-deployment-web.yaml';
    expect(changed(TWO, files).sort()).toEqual(['overlays/prod/kustomization.yaml', patch]);
    expect(files['overlays/prod/kustomization.yaml']).toContain('# prod\n');
    expect(files[patch]).toMatch(/^# Satisfies read-only\napiVersion: apps\/v1\nkind: Deployment\n/);
    expect(built(files, 'overlays/dev')).toEqual(built(TWO, 'overlays/dev'));
    expect(result.patches.find(({ file }) => file === patch)?.diff).toContain('new file mode 100644\n--- /dev/null\n');
    expect(result.resources.find(({ object }) => object.name === 'prod-web')?.patched.toSorted()).toEqual([
      'overlays/prod/kustomization.yaml',
      patch,
    ]);
  }, 60_000);

  it('are mended in the patch that sets the field, whether a file or inline', async () => {
    const patch = (value: string, deep = '') =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          securityContext:\n            readOnlyRootFilesystem: ${value}   # for now\n`.replace(
        /^/gm,
        deep,
      );
    const asFile = {
      ...BASE,
      ...overlay('dev'),
      ...overlay('prod', 'patches:\n  - path: loose.yaml\n'),
      'overlays/prod/loose.yaml': patch('false'),
      'base/web.yaml': `${DEPLOYMENT}          ${READ_ONLY}\n`,
    };
    const { files, result } = await mended(asFile);
    expect(changed(asFile, files)).toEqual(['overlays/prod/loose.yaml']);
    expect(files['overlays/prod/loose.yaml']).toBe(patch('true'));
    expect(result.resources.find(({ outcome }) => outcome === 'fixed')?.violations).toMatchObject([
      { file: 'overlays/prod/loose.yaml', line: 10, column: 13 },
    ]);

    const inline = {
      ...asFile,
      ...overlay('prod', `patches:\n  - patch: |-\n${patch('false', '      ').trimEnd()}\n`),
    };
    delete (inline as Files)['overlays/prod/loose.yaml'];
    const again = await mended(inline);
    expect(changed(inline, again.files)).toEqual(['overlays/prod/kustomization.yaml']);
    expect(again.files['overlays/prod/kustomization.yaml']).toContain('readOnlyRootFilesystem: true   # for now');
  }, 60_000);

  it('give operations as the patch of a custom resource, whose lists do not merge', async () => {
    const files = {
      ...BASE,
      ...overlay('dev'),
      ...overlay('prod'),
      'base/web.yaml': workload('Rollout', 'web').replace('  namespace: shop\n', ''),
    };
    const { files: after } = await mended(files, only('prod'));
    expect(after['overlays/prod/policy-fix-rollout-web.yaml']).toMatch(/^# .*\n- op: add\n/);
  }, 60_000);

  it('leave files beside them alone, and judge what no kustomization reads as it stands', async () => {
    const files = {
      ...BASE,
      'loose/pod.yaml': workload('CronJob', 'x').replace(/spec:[\s\S]*/, 'spec: {}\n'),
      'loose/own.yaml': workload('Deployment', 'own'),
    };
    const { files: after, result } = await mended(files);
    expect(changed(files, after).sort()).toEqual(['base/web.yaml', 'loose/own.yaml']);
    expect(result.resources.map(({ object, kustomization }) => [object.name, kustomization])).toEqual([
      ['x', undefined],
      ['own', undefined],
      ['web', 'base'],
    ]);
  }, 60_000);

  it('have choices whose diffs fit on top of the patches', async () => {
    const team = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: teamlabel }
spec:
  crd:
    spec:
      names: { kind: TeamLabel }
      validation: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package teamlabel
        violation[{"msg": msg}] {
          label := input.parameters.labels[_]
          found := object.get(input.review.object.metadata.labels, label.key, "")
          count([v | v := label.allowedValues[_]; v == found]) == 0
          msg := sprintf("the label %v must be one of %v", [label.key, label.allowedValues])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: TeamLabel
metadata: { name: team }
spec: { parameters: { labels: [{ key: team, allowedValues: [red, blue] }] } }
`;
    const web = DEPLOYMENT.replace('  name: web\n', '  name: web\n  labels: { team: green }\n');
    const files: Files = { ...TWO, 'base/web.yaml': web };
    delete files['overlays/dev/kustomization.yaml'];
    const policies = [...ALL, { file: 'team.yaml', text: team }];
    const result = await run(files, policies);
    expect(result.policyErrors).toEqual([]);
    expect(result).toMatchObject({ outcome: 'needs-decision', verified: { before: 2, after: 1 } });
    const [choice] = result.resources[0]?.decisions[0]?.choices ?? [];
    const diffs = [...result.patches, { file: '', diff: choice?.diff ?? '', operations: [] }];
    const after = applied(files, { ...result, patches: diffs });
    expect(await run(after, policies)).toMatchObject({ outcome: 'compliant' });
    expect(changed(files, after)).toEqual(['base/web.yaml']);
    expect(after['base/web.yaml']).toContain('labels: { team: red }');
  }, 60_000);

  it('give as the source of a choice the file that sets its value', async () => {
    const latest = 'image: registry.example.com/shop/web:latest';
    const files: Files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': DEPLOYMENT.replace(/image: .*/, latest),
      ...overlay('dev'),
      ...overlay('prod', 'images: [{ name: registry.example.com/shop/web, newTag: "1.4.2" }]\n'),
    };
    const text = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: tags }
spec:
  rules:
    - name: tag
      match: { any: [{ resources: { kinds: [Deployment] } }] }
      validate: { message: no latest, pattern: { spec: { template: { spec: { containers: [{ image: "!*:latest" }] } } } } }
`;
    const { resources } = await run(files, [{ file: 'tags.yaml', text }]);
    expect(resources.flatMap(({ decisions }) => decisions.flatMap(({ choices }) => choices))).toMatchObject([
      {
        value: expect.stringContaining('web:1.4.2'),
        source: expect.stringContaining('in overlays/prod/kustomization.yaml'),
      },
    ]);
  }, 60_000);

  it('say what could not be built', async () => {
    const result = await run({ ...BASE, ...overlay('dev', 'helmCharts: []\n'), 'values.yaml': 'a: 1\n' });
    expect(result.notes).toEqual([
      expect.stringContaining('`helmCharts` is not followed'),
      'values.yaml: it holds no Kubernetes object',
    ]);
  }, 60_000);
});

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { notEnforced } from '../../../pipelines/policy-fix/enforcement.ts';
import { renderAnnotations } from '../../../pipelines/policy-fix/formats/annotations.ts';
import { answersTo, editText } from '../../../pipelines/policy-fix/formats/answers.ts';
import { renderFixMarkdown } from '../../../pipelines/policy-fix/formats/markdown.ts';
import { type Replacement, replacementsOf } from '../../../pipelines/policy-fix/formats/replacements.ts';
import { sarifOf } from '../../../pipelines/policy-fix/formats/sarif.ts';
import type { FixResult } from '../../../pipelines/policy-fix/schema.ts';
import { unifiedDiff } from '../../../src/manifest/diff.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { readOnlyPolicy } from './read-only.ts';
import { fix, patched, type SourceFile } from './walk.ts';

/** Applies replacements the way section 3.57 of SARIF 2.1.0 describes them, from the end, so that places stay true. */
function replaced(text: string, replacements: readonly Replacement[]): string {
  const starts = [0];
  for (const [at, mark] of [...text].entries()) if (mark === '\n') starts.push(at + 1);
  const offset = (line: number, column: number): number => {
    const start = line - 1 < starts.length ? (starts[line - 1] as number) : Number.NaN;
    expect(start).not.toBeNaN();
    return start + column - 1;
  };
  return replacements.reduceRight((now, { deletedRegion: region, insertedContent }) => {
    const [from, to] = [offset(region.startLine, region.startColumn), offset(region.endLine, region.endColumn)];
    return now.slice(0, from) + (insertedContent?.text ?? '') + now.slice(to);
  }, text);
}

const lines = fc
  .array(fc.constantFrom('a', 'b: 1', '  - c', '', '\\ no', '-x', '+y', '@@ z', 'd\r'), { maxLength: 30 })
  .chain((list) => fc.boolean().map((open) => list.join('\n') + (open || list.length === 0 ? '' : '\n')));

describe('replacements', () => {
  it('make of the text before the text after, whatever changed', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        expect(replaced(before, replacementsOf(unifiedDiff('x.yaml', before, after)))).toBe(after);
      }),
      { numRuns: 1_000 },
    );
  });
});

const POLICY: SourceFile = {
  file: 'policy.yaml',
  text: readOnlyPolicy('%v: ```\\n::error::no\\n# [x](y) @team, 100%% read-only: <b>'),
};
const DEPLOYMENT = (
  kind: string,
  name: string,
) => `apiVersion: ${kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1'}
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
`;
const TWO: SourceFile = {
  file: 'a b/two.yaml',
  text: `${DEPLOYMENT('Deployment', 'one')}---\n${DEPLOYMENT('Rollout', 'two')}`,
};

describe('the result', () => {
  let result: FixResult;
  beforeAll(async () => {
    await program('gator');
    result = await fix([TWO], [POLICY]);
  }, BUILD_TIMEOUT_MS);

  it('explains each violation and each edit', () => {
    expect(result.outcome).toBe('fixed');
    expect(result.resources).toMatchObject([
      {
        object: { kind: 'Deployment' },
        violations: [
          {
            policy: { kind: 'ReadOnlyRoot', name: 'read-only', file: 'policy.yaml' },
            path: '/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem',
            located: 'edit',
            line: 8,
            column: 11,
          },
        ],
        edits: [
          {
            changes: ['sets /spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem to true'],
            does: expect.stringContaining('into its volumes'),
            risk: 'medium',
            watch: [expect.stringContaining('Read-only file system')],
          },
        ],
        patched: ['a b/two.yaml'],
        afterMerge: [
          expect.stringContaining('kubectl rollout status deployment/one -n shop'),
          expect.stringContaining('kubectl rollout undo deployment/one -n shop'),
        ],
      },
      {
        object: { kind: 'Rollout' },
        violations: [{ line: 18 }],
        afterMerge: [expect.stringContaining('kubectl argo rollouts status two -n shop')],
      },
    ]);
  });

  it('is a SARIF log by the official schema, whose fixes make the patched file', () => {
    const log = sarifOf(result);
    const schema = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
    const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...log, version: '2.0' })).toBe(false);

    const [run] = (log as { runs: SarifRun[] }).runs;
    expect(run?.tool.driver.rules).toMatchObject([{ id: 'gatekeeper/ReadOnlyRoot/read-only' }]);
    expect(run?.results).toMatchObject([
      { ruleIndex: 0, locations: [{ physicalLocation: { artifactLocation: { uri: 'a%20b/two.yaml' } } }] },
      { ruleIndex: 0 },
    ]);
    expect(run?.results[0]?.message.text).not.toContain('](');
    const changes = run?.results.map(({ fixes }) => fixes?.[0]?.artifactChanges[0]?.replacements ?? []) ?? [];
    expect(changes.map((own) => own.length)).toEqual([1, 1]);
    const after = patched(TWO.text, result, TWO.file);
    expect(after).not.toBe(TWO.text);
    expect(replaced(TWO.text, changes.flat())).toBe(after);
    expect(replaced(TWO.text, changes[0] ?? [])).toContain('readOnlyRootFilesystem: true\n---');
  });

  it('is annotations of a workflow, in which a message cannot begin a command of its own', () => {
    const text = renderAnnotations(result);
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^::error file=a b\/two\.yaml,line=\d+,col=11,title=read-only::/);
    expect(text).toContain('web: ```%0A::error::no%0A# [x](y) @team, 100%25 read-only: <b>');
    const odd = structuredClone(result);
    for (const resource of odd.resources) resource.file = 'a,b::c%\n.yaml';
    expect(renderAnnotations(odd)).toContain('file=a%2Cb%3A%3Ac%25%0A.yaml,');
  });

  it('is Markdown in which a message stays what it is, and which keeps to a length', () => {
    const text = renderFixMarkdown(result);
    expect(text).toContain('  ````text\n  web: ```\n  ::error::no\n  # [x](y) @team, 100% read-only: <b>\n  ````');
    expect(text).toContain('```diff\ndiff --git a/a b/two.yaml b/a b/two.yaml\n');
    for (const words of ['risk **medium**', 'at `a b/two.yaml:8` says', 'watch: `Read-only file system`'])
      expect(text).toContain(words);
    const short = renderFixMarkdown(result, { limit: 1_600 });
    expect(short.length).toBeLessThan(1_600);
    expect(short).toMatch(/\d+ more parts? would not fit here/);
  });
});

interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly unknown[] } };
  readonly results: readonly {
    readonly message: { readonly text: string };
    readonly fixes?: readonly {
      readonly artifactChanges: readonly { readonly replacements: readonly Replacement[] }[];
    }[];
  }[];
}

describe('answers beside a violation', () => {
  const violation = (path: string, message: string) => ({
    engine: 'kyverno' as const,
    policy: { kind: 'ClusterPolicy', name: message },
    message,
    path,
    fixed: true,
  });
  const edit = (path: string) => ({
    summary: `${path} as asked`,
    by: 'x',
    changes: [`sets ${path} to 1`],
    paths: [path],
    does: '',
    risk: 'low' as const,
    watch: [],
  });

  it('are those of its own field alone, with what they set; all where nothing tells', () => {
    const [one, two] = [violation('/spec/a', 'first'), violation('/spec/b/c', 'second')];
    const resource = { edits: [edit('/spec/a'), edit('/spec/b')], decisions: [], violations: [one, two] };
    const of = (at: typeof one) => answersTo(resource as never, at).edits.map(editText);
    expect(of(one)).toEqual(['/spec/a as asked: sets /spec/a to 1']);
    expect(of(two)).toEqual(['/spec/b as asked: sets /spec/b to 1']);
    expect(of(violation('/status', 'third'))).toHaveLength(2);
  });
});

describe('what a cluster would admit all the same', () => {
  const policy = { engine: 'vap' as const, policy: { kind: 'ValidatingAdmissionPolicy', name: 'p' } };
  const binding = (name: string, actions: string[]) => ({
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: 'p', validationActions: actions },
  });

  it('is what nothing binds, or a binding only audits, not what one denies', () => {
    expect(notEnforced([], { ...policy, rule: 'validations[0]' })).toBe('not enforced: no binding was given');
    const both = [binding('soft', ['Warn', 'Audit']), binding('hard', ['Deny', 'Audit'])];
    expect(notEnforced(both, { ...policy, rule: 'soft: validations[0]' })).toBe(
      'not enforced: its binding says Warn and Audit',
    );
    expect(notEnforced(both, { ...policy, rule: 'hard: validations[0]' })).toBeUndefined();
  });

  it('is what a Gatekeeper constraint or a Kyverno rule only reports', () => {
    const constraint = { kind: 'K', metadata: { name: 'c' }, spec: { enforcementAction: 'dryrun' } };
    const said = { engine: 'gatekeeper' as const, policy: { kind: 'K', name: 'c' } };
    expect(notEnforced([constraint], said)).toBe('not enforced: enforcementAction dryrun');
    expect(notEnforced([{ ...constraint, spec: {} }], said)).toBeUndefined();
    const rules = [
      { name: 'r', validate: { failureAction: 'Enforce' } },
      { name: 's', validate: {} },
    ];
    const kyverno = {
      kind: 'ClusterPolicy',
      metadata: { name: 'k' },
      spec: { validationFailureAction: 'Audit', rules },
    };
    const of = (rule: string) =>
      notEnforced([kyverno], { engine: 'kyverno', policy: { kind: 'ClusterPolicy', name: 'k' }, rule });
    expect(of('autogen-s')).toBe('not enforced: the policy says Audit');
    expect(of('autogen-r')).toBeUndefined();
  });
});

import { z } from 'zod';
import { ObjectRef } from '../../src/evidence/model.ts';
import { Operation } from '../../src/manifest/patch.ts';
import { PodSecurityLevel } from '../../src/policy/pss.ts';
import { ENGINE_NAMES } from '../../src/policy/violation.ts';
import { RunId } from '../../src/runs/run.ts';

export const FIX_LIMITS = {
  files: 500,
  textBytes: 8 * 1024 * 1024,
  totalBytes: 8 * 1024 * 1024,
  resources: 1_000,
} as const;

const File = z.object({
  file: z.string().min(1).max(1024).describe('Relative path of the file, as it stands in the diff'),
  text: z.string().max(FIX_LIMITS.textBytes).describe('The YAML or JSON text, one or many documents'),
});

const RepositoryPath = z
  .string()
  .max(1024)
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\u0000-\u001f\\]*$/, 'must be a path inside the repository, with /');

export const GitSource = z.object({
  url: z.string().min(1).max(2048).describe('https:// or ssh://, of a host that this opsline is configured for'),
  revision: z
    .string()
    .min(1)
    .max(250)
    .optional()
    .describe('Branch, tag or whole commit id; left out, the default branch'),
  paths: z.array(RepositoryPath).min(1).max(50).default(['']).describe('Files and folders with manifests'),
  policies: z.array(RepositoryPath).max(50).default([]).describe('Files and folders with policies'),
});
export type GitSource = z.infer<typeof GitSource>;

/** A policy's denial, as deploy-explanation found it. */
export const Denial = z.object({
  kind: z.string().describe('Slug of the failure kind, such as gatekeeper-denied'),
  object: ObjectRef,
  policy: z.string().optional().describe('Name of the constraint or policy, where the words say it'),
  message: z
    .string()
    .max(64 * 1024)
    .describe('What the API server said'),
});
export type Denial = z.infer<typeof Denial>;

export const FixRequest = z
  .object({
    manifests: z
      .array(File)
      .max(FIX_LIMITS.files)
      .default([])
      .describe('Kubernetes manifests to check and mend, kustomizations and what they build on among them'),
    git: GitSource.optional().describe('Manifests, and policies, of a revision of a repository'),
    explanation: RunId.optional().describe(
      'Over HTTP: a run of deploy-explanation that found a denial. Its evidence gives the denied object (unless manifests or git do) and the policies that it holds',
    ),
    denial: Denial.optional().describe('What is to be mended; the result says whether the engines deny it, too'),
    policies: z
      .array(File)
      .max(FIX_LIMITS.files)
      .default([])
      .describe(
        'Gatekeeper ConstraintTemplates and Constraints, Kyverno policies, ValidatingAdmissionPolicies with bindings and parameters, a PodSecurityConfiguration; mixed sets are sorted by engine',
      ),
    engines: z
      .array(z.enum(ENGINE_NAMES))
      .min(1)
      .optional()
      .describe(
        'Judge by these alone; left out, by those that the policies are written for. pss and cluster need no policies',
      ),
    cluster: z
      .string()
      .max(253)
      .optional()
      .describe('Of the engine cluster: which one; over HTTP one that the service is configured with'),
    namespace: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
      .optional()
      .describe('Of the engine cluster: where objects that name no namespace go'),
    level: PodSecurityLevel.exclude(['privileged'])
      .optional()
      .describe("Of the engine pss: the Pod Security Standard where a namespace's labels in the manifests name none"),
  })
  .refine(({ explanation }) => explanation === undefined, {
    message: 'an explanation is looked up by the HTTP API alone',
    path: ['explanation'],
  })
  .refine(({ manifests, git }) => manifests.length > 0 || git !== undefined, {
    message: 'at least one manifest is needed, or a repository in git',
    path: ['manifests'],
  })
  .refine(
    ({ policies, git, engines }) =>
      policies.length > 0 ||
      (git?.policies.length ?? 0) > 0 ||
      engines?.some((engine) => engine === 'pss' || engine === 'cluster') === true,
    {
      message: 'at least one policy file is needed, or the engine pss or cluster',
      path: ['policies'],
    },
  )
  .refine(({ engines, level }) => level === undefined || engines?.includes('pss'), {
    message: 'the level is that of the engine pss',
    path: ['level'],
  })
  .refine(({ engines, cluster }) => (engines?.includes('cluster') ?? false) === (cluster !== undefined), {
    message: 'the engine cluster and a cluster go together',
    path: ['cluster'],
  })
  .refine(
    ({ manifests, policies }) =>
      [...manifests, ...policies].reduce((sum, { text }) => sum + text.length, 0) <= FIX_LIMITS.totalBytes,
    {
      message: `all files together hold at most ${FIX_LIMITS.totalBytes} characters`,
    },
  )
  .refine(({ manifests }) => new Set(manifests.map(({ file }) => file)).size === manifests.length, {
    message: 'each manifest file is named once',
    path: ['manifests'],
  });
export type FixRequest = z.infer<typeof FixRequest>;

/** From best to worst; the result's own outcome is the worst of its resources'. */
export const FixOutcome = z.enum(['compliant', 'not-judged', 'fixed', 'needs-decision', 'cannot-fix', 'policy-error']);
export type FixOutcome = z.infer<typeof FixOutcome>;

export const FixViolation = z.object({
  engine: z.enum(ENGINE_NAMES),
  policy: z.object({ kind: z.string(), name: z.string(), file: z.string().optional() }),
  rule: z.string().optional(),
  message: z.string().describe("The policy's own words"),
  path: z.string().optional().describe('JSON pointer into the object'),
  file: z.string().optional().describe("Where it stands in another file than the object's: a patch of a kustomization"),
  line: z.number().int().optional().describe('1-based line of that path in the file'),
  column: z.number().int().optional().describe('1-based column of that path in its line'),
  located: z
    .enum(['engine', 'edit', 'object'])
    .optional()
    .describe(
      'Who named the path: the engine, the edit or question that answers the violation, or nobody (its object)',
    ),
  fixed: z.boolean().describe('Whether the patch removes it'),
  enforcement: z
    .string()
    .optional()
    .describe('Why a cluster would admit the object all the same; left out where the policy denies'),
});
export type FixViolation = z.infer<typeof FixViolation>;

export const Decision = z.object({
  question: z.string(),
  path: z.string().describe('JSON pointer of the value that is asked for'),
  choices: z.array(
    z.object({
      value: z.json(),
      source: z.string().describe('Where the value was seen'),
      operations: z.array(Operation),
      diff: z.string().describe('On top of the patch'),
    }),
  ),
  unwritten: z
    .array(z.object({ value: z.json(), source: z.string(), why: z.string() }))
    .optional()
    .describe('Choices that the policies accept and the files do not take as an edit, and why not'),
});
export type Decision = z.infer<typeof Decision>;

export const FixEdit = z.object({
  summary: z.string(),
  by: z.string(),
  note: z.string().optional(),
  changes: z.array(z.string()).default([]).describe('Each operation in words, paths as JSON pointers into the object'),
  paths: z.array(z.string()).default([]).describe('JSON pointers into the object of what it touches'),
  does: z.string().default('').describe('What it means for what runs'),
  risk: z
    .enum(['low', 'medium', 'high'])
    .default('medium')
    .describe(
      'low: nothing that runs should notice; medium: it may run differently; high: something is likely to stop',
    ),
  watch: z.array(z.string()).default([]).describe('How one sees that it went wrong'),
});
export type FixEdit = z.infer<typeof FixEdit>;

const FixObject = z.object({
  apiVersion: z.string().optional(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  path: z.string().optional(),
});

export const FixResource = z.object({
  object: FixObject,
  file: z.string(),
  line: z.number().int(),
  kustomization: z
    .string()
    .optional()
    .describe('Folder of the kustomization that makes the object; file and line are then where it is read from'),
  outcome: FixOutcome,
  applies: z
    .literal(false)
    .optional()
    .describe(
      'There where none of the policies is about objects of this kind: it was not found good, nobody judged it',
    ),
  violations: z.array(FixViolation),
  decisions: z.array(Decision),
  edits: z.array(FixEdit),
  patched: z.array(z.string()).default([]).describe('Files in which the patches mend this object'),
  afterMerge: z.array(z.string()).default([]).describe('What happens once the patch is merged and applied'),
  /** Why neither an edit nor an answer removes what is left. */
  reason: z.string().optional(),
});
export type FixResource = z.infer<typeof FixResource>;

export const FixResult = z.object({
  outcome: FixOutcome,
  resources: z.array(FixResource),
  patches: z.array(
    z.object({
      file: z.string(),
      diff: z.string().describe('Unified diff that `git apply` takes'),
      operations: z.array(z.object({ document: z.number().int(), operations: z.array(Operation) })),
    }),
  ),
  verified: z.object({
    engine: z.string().describe('The engines, joined by "+"; empty when no policy could be read'),
    version: z.string(),
    isolated: z
      .boolean()
      .optional()
      .describe('Whether the engines ran without network; false where the system does not permit that'),
    schema: z
      .object({
        kubernetes: z.string().describe('The version of Kubernetes whose schemas these are'),
        checked: z.boolean().describe('Whether kubeconform was there: false means that no edit was checked'),
        unchecked: z.array(z.string()).describe('`apiVersion/kind` of objects without a schema, custom resources say'),
        invalid: z.number().int().describe('Objects that the schemas had something against as given'),
        invalidObjects: z
          .array(
            z.object({
              object: FixObject,
              file: z.string(),
              errors: z.array(
                z.object({
                  message: z.string().describe('What is wrong, after a JSON pointer into the object'),
                  file: z.string().optional().describe("Where it stands in another file than the object's"),
                  line: z.number().int().optional(),
                  column: z.number().int().optional(),
                }),
              ),
            }),
          )
          .default([])
          .describe('The first of them, and what was wrong'),
      })
      .optional()
      .describe("No edit makes an object invalid against Kubernetes' own schema of its kind"),
    before: z.number().int().describe('Violations in the manifests as given'),
    after: z.number().int().describe('Violations with all patches applied, judged by the same engine and policies'),
  }),
  denial: Denial.extend({
    reproduced: z.boolean().describe('Whether the engines deny it for the same policy'),
  }).optional(),
  git: z
    .object({ url: z.string(), revision: z.string().optional(), commit: z.string() })
    .optional()
    .describe('The revision that the patches are for'),
  notes: z
    .array(z.string())
    .default([])
    .describe('What was not read or not judged, and what else a reader should mind'),
  notJudged: z
    .array(z.string())
    .default([])
    .describe(
      'Of the notes, those on what stands beside the objects and nobody judged: charts, rules, parts of kustomizations. Empty where everything that was given was judged',
    ),
  policyErrors: z.array(
    z.object({
      kind: z.string().describe('Kind of the policy; `file` where a file holds nothing that can be read'),
      name: z.string(),
      file: z.string().optional(),
      message: z.string(),
    }),
  ),
});
export type FixResult = z.infer<typeof FixResult>;

import { z } from 'zod';
import { Citation, EvidenceItem, Excerpted, LineRange, ObjectRef, SourceKind } from '../../src/evidence/model.ts';
import { Operation } from '../../src/manifest/patch.ts';

/** Most texts in one request, and most characters in all of them together. */
export const MAX_FILES = 2000;
const MAX_CHARS = 8 * 1024 * 1024;

/** Without the check that there is something to read, so that others can build on it. */
export const ExplainFields = z
  .object({
    evidence: z
      .array(
        z.object({
          name: z
            .string()
            .min(1)
            .max(400)
            .describe('File name, or what the text is, such as "kubectl describe pod api".'),
          text: z
            .string()
            .max(MAX_CHARS)
            .describe('The text as the tool printed it: YAML, JSON, tables, describe, logs.'),
          excerpt: Excerpted.optional().describe(
            'Which lines of the whole are missing in `text`; answers number the lines of the whole.',
          ),
        }),
      )
      .max(MAX_FILES)
      .refine((files) => files.reduce((sum, file) => sum + file.text.length, 0) <= MAX_CHARS, {
        message: `all texts together hold more than ${MAX_CHARS} characters`,
      })
      .default([])
      .describe('What the deploy left behind: any mix of kubectl and argocd output, objects, events and logs.'),
    unread: z
      .array(z.string().min(1).max(400))
      .max(20)
      .optional()
      .describe('Names of what was given and is no text, such as a core dump: the answer says that nobody read it.'),
    cluster: z
      .string()
      .min(1)
      .max(400)
      .optional()
      .describe('A cluster to read, by the name that the configuration gives it. Needed where there is no evidence.'),
    namespace: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
      .optional()
      .describe('Where to look in the cluster. Without it: where the target is, else where something is unwell.'),
    everywhere: z
      .boolean()
      .optional()
      .describe('Look in all namespaces of the cluster, although its context names one.'),
    question: z
      .string()
      .max(2000)
      .optional()
      .describe('What the asker wants to know; names in it point at the target.'),
    target: z
      .string()
      .max(400)
      .optional()
      .describe('The workload or application in question, such as "shop/api"; notSeen says when nothing is called so.'),
    via: z
      .enum(['argocd', 'alertmanager'])
      .optional()
      .describe(
        'The notification that the evidence was taken from, when that is all there is; notSeen says what it lacks.',
      ),
  })
  .describe('Evidence of a deploy to explain, a cluster to look into, or both.');

/** Something to read must be there, and a namespace is one of a cluster. */
export function somethingToRead(
  { evidence, cluster, namespace }: Pick<z.infer<typeof ExplainFields>, 'evidence' | 'cluster' | 'namespace'>,
  context: z.RefinementCtx,
): void {
  if (evidence.length === 0 && cluster === undefined)
    context.addIssue({
      code: 'custom',
      path: ['evidence'],
      message: 'must hold something, or `cluster` name a cluster',
    });
  if (namespace !== undefined && cluster === undefined)
    context.addIssue({ code: 'custom', path: ['namespace'], message: 'is one of a cluster: name that, too' });
}

export const ExplainRequest = ExplainFields.superRefine(somethingToRead);
export type ExplainRequest = z.infer<typeof ExplainRequest>;

export const Stage = z.enum([
  'build',
  'infrastructure',
  'admission',
  'sync',
  'scheduling',
  'startup',
  'running',
  'network',
  'delivery',
  'custom',
  'none',
]);
export type Stage = z.infer<typeof Stage>;

export const Verdict = z.enum(['failed', 'degraded', 'progressing', 'healthy', 'unknown']);
export type Verdict = z.infer<typeof Verdict>;

export const Cause = z.object({
  kind: z.string().describe('Stable slug of the failure kind, listed in docs/failure-kinds.md.'),
  aspect: z
    .string()
    .optional()
    .describe(
      'A finer slug within the kind, such as `multi-attach` of `mount-failed`; listed in docs/failure-kinds.md.',
    ),
  summary: z.string(),
  object: ObjectRef,
  confidence: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'Of the root cause and of hypotheses: how often such an answer was right on cases that the rules had not seen. Of a finding: how surely its rule reads the evidence.',
    ),
});
export type Cause = z.infer<typeof Cause>;

/** How a remedy helps: it only looks, goes back, edits a manifest, runs a command, or asks somebody who may do it. */
export const Way = z.enum(['look', 'revert', 'patch', 'command', 'ask']);
export type Way = z.infer<typeof Way>;

export const Remedy = z.object({
  title: z.string(),
  way: Way.optional().describe('How it helps; always there in an answer.'),
  /** What could go wrong by doing it: `none` only looks. */
  risk: z.enum(['none', 'low', 'medium', 'high']),
  changes: z.boolean().describe('Whether it changes anything. False: it only looks.'),
  command: z.string().optional(),
  patch: z.string().optional().describe('A unified diff that does it, as `git apply` takes it.'),
  edit: z
    .object({ object: ObjectRef, operations: z.array(Operation).min(1) })
    .optional()
    .describe(
      'A JSON patch (RFC 6902) of the object in its cluster that does it; it tests what it replaces. `command` tries it.',
    ),
  starts: z
    .literal('policy-fix')
    .optional()
    .describe(
      'A pipeline that does it, too: POST /v1/pipelines/policy-fix/runs with { "explanation": id of this run }.',
    ),
});
export type Remedy = z.infer<typeof Remedy>;

export const Severity = z.enum(['failed', 'degraded', 'info']);
export type Severity = z.infer<typeof Severity>;

export const Finding = Cause.extend({
  id: z.string(),
  stage: Stage,
  severity: Severity,
  citations: z.array(Citation).min(1),
  involves: z.array(ObjectRef),
  /** Findings that this one is a mere symptom of. */
  symptomOf: z.array(z.string()),
  rulesOut: z.array(z.object({ kind: z.string(), why: z.string() })),
  remedies: z.array(Remedy),
});
export type Finding = z.infer<typeof Finding>;

/** A change in Git: what it did, and who brought it. */
export const GitChange = z.object({
  file: z.string(),
  lines: LineRange.optional().describe(
    'The lines as they are in the bad revision; absent where lines were only removed.',
  ),
  before: z.string().optional(),
  after: z.string().optional(),
  commit: z
    .object({ id: z.string(), author: z.string(), date: z.string(), subject: z.string() })
    .optional()
    .describe('Absent when no single commit of the range brought it.'),
  patch: z.string().optional().describe('What undoes it and nothing else, tried with `git apply --check`.'),
});
export type GitChange = z.infer<typeof GitChange>;

/** Something that the evidence says happened, with either a time or how long before the output it was. */
export const Moment = z.object({
  time: z.string().optional().describe('RFC 3339 in UTC. Texts without a zone are taken as UTC.'),
  age: z.number().optional().describe('Seconds before the output was made, where the evidence gives no time.'),
  evidence: z.string(),
  lines: LineRange.optional(),
  source: z.object({ kind: SourceKind, name: z.string() }),
  object: ObjectRef.optional(),
  text: z.string().describe('What happened, on one line.'),
  trouble: z.boolean(),
  role: z
    .enum(['deploy', 'first-error', 'now'])
    .optional()
    .describe(
      'What a reader looks for first: the deploy before the failure, the first error after it, the last that is known.',
    ),
});
export type Moment = z.infer<typeof Moment>;

export const Explanation = z
  .object({
    verdict: Verdict,
    stage: Stage,
    summary: z.string().describe('One or two sentences for the person on call.'),
    rootCause: Cause.optional().describe('Absent when nothing is broken or nothing could be concluded.'),
    hypotheses: z.array(Cause.extend({ by: z.enum(['rules', 'model']), citations: z.array(Citation) })),
    chain: z.array(z.object({ finding: z.string(), kind: z.string(), object: ObjectRef, summary: z.string() })),
    findings: z.array(Finding),
    evidence: z.array(EvidenceItem),
    fact: z
      .object({ summary: z.string(), citations: z.array(Citation) })
      .optional()
      .describe(
        'What the question asks for beside causes, where code can count or compare it: how many pods, the fullest node.',
      ),
    serving: z
      .object({ summary: z.string(), object: ObjectRef, citations: z.array(Citation) })
      .optional()
      .describe('Pods of another revision of the failing workload that are ready, so that callers are still answered.'),
    change: z
      .object({ summary: z.string(), object: ObjectRef, citations: z.array(Citation), git: GitChange.optional() })
      .optional()
      .describe('The change that brought the failure, where the evidence shows it.'),
    git: z
      .object({
        good: z.string(),
        bad: z.string(),
        commits: z.number().int(),
        summary: z.string(),
        changes: z.array(z.string()).describe('What else the range changes, shortly.'),
      })
      .optional()
      .describe('The range of Git revisions that was compared, where a repository was given.'),
    timeline: z
      .array(Moment)
      .default([])
      .describe('What happened, oldest first: all that has a time, then what has only an age.'),
    remedies: z.array(Remedy),
    ruledOut: z.array(z.object({ kind: z.string(), why: z.string() })),
    live: z
      .object({ cluster: z.string(), namespaces: z.array(z.string()), time: z.string() })
      .optional()
      .describe('The cluster that was read, its namespaces, and when; absent where none was.'),
    notSeen: z.array(z.string()).describe('What would have been looked at but is not in the evidence.'),
    redacted: z.array(z.object({ placeholder: z.string(), kind: z.string(), count: z.number().int() })),
    usage: z.object({
      texts: z.number().int(),
      lines: z.number().int(),
      items: z.number().int(),
      /** Whether a model answered, and what of its answer survived verification. */
      model: z.enum(['none', 'used', 'rejected']),
      dropped: z.array(z.string()),
    }),
  })
  .describe('The ranked, verified answer.');
export type Explanation = z.infer<typeof Explanation>;

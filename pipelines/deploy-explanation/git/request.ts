import { z } from 'zod';
import { ObjectRef } from '../../../src/evidence/model.ts';
import { ExplainFields, Finding, GitChange, somethingToRead } from '../schema.ts';

const Revision = z.string().min(1).max(300);

/** A repository on this machine, and the revisions to compare. */
export const RepositoryRequest = z.object({
  path: z.string().min(1).max(4096),
  good: Revision.optional(),
  bad: Revision.optional(),
});
export type RepositoryRequest = z.infer<typeof RepositoryRequest>;

/**
 * The request with a repository, and with a cluster under any name: only commands that run in the caller's own process take it.
 * A service never does, because it would read whatever path it is given.
 */
export const ExplainHereRequest = ExplainFields.extend({
  repo: RepositoryRequest.optional(),
}).superRefine(somethingToRead);
export type ExplainHereRequest = z.infer<typeof ExplainHereRequest>;

/** What is asked of the repository: journalled with the answer. */
export const GitQuestion = RepositoryRequest.extend({
  root: Finding,
  /** Revisions and folder that an Argo CD Application of the evidence names. */
  seen: z.object({ good: z.string().optional(), bad: z.string().optional(), path: z.string().optional() }),
  /** Objects that the root's object uses, serves or is served by. */
  near: z.array(ObjectRef),
  placeholders: z.array(z.string()),
});
export type GitQuestion = z.infer<typeof GitQuestion>;

/** Lines of a file or commit as they become evidence; the id is given later. */
const Excerpt = z.object({ name: z.string(), from: z.number().int(), text: z.string(), quote: z.string() });
export type Excerpt = z.infer<typeof Excerpt>;

/** What the repository told. */
export const GitReading = z.object({
  range: z.object({ good: z.string(), bad: z.string(), commits: z.number().int() }).optional(),
  summary: z.string(),
  found: z
    .object({
      what: z.string(),
      object: ObjectRef,
      git: GitChange,
      excerpts: z.array(Excerpt),
      risk: z.enum(['low', 'medium']),
    })
    .optional(),
  changes: z.array(z.string()),
  notSeen: z.array(z.string()),
});
export type GitReading = z.infer<typeof GitReading>;

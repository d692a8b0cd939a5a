import { z } from 'zod';
import { sameApi } from './group.ts';
import type { Break } from './wrap.ts';

/** What a person would point `kubectl` (or another tool) at. `path` names a field inside it, such as `data.REDIS_HOST`. */
export const ObjectRef = z.object({
  apiVersion: z.string().optional(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  path: z.string().optional(),
});
export type ObjectRef = z.infer<typeof ObjectRef>;

/** Inclusive, 1-based line numbers of the source as it was given. */
export const LineRange = z.object({ from: z.number().int().min(1), to: z.number().int().min(1) });
export type LineRange = z.infer<typeof LineRange>;

export const SourceKind = z.enum(['describe', 'table', 'object', 'events', 'log', 'argocd', 'alert', 'text', 'git']);
export type SourceKind = z.infer<typeof SourceKind>;

/** No text has as many lines; sums of such numbers are exact. */
const Lines = z.number().int().max(1e10);
const Repeats = z.array(z.object({ line: Lines.min(1), more: Lines.min(1) }));

/**
 * What was left out of a text before it came here: after line `after` of the whole (0: before the first), `lines` lines are missing.
 * In ascending order. `repeats`: lines of the whole, and how `more` of their kind are missing.
 */
export const Excerpted = z.object({
  gaps: z.array(z.object({ after: Lines.min(0), lines: Lines.min(1) })).max(100_000),
  repeats: Repeats.max(100_000).default([]),
  /** More that was left out, in words. */
  notes: z.array(z.string().max(400)).max(20).default([]),
});
export type Excerpted = z.infer<typeof Excerpted>;

/**
 * One citable item: a contiguous range of lines of one source, with secrets replaced. A long log is several items, so that
 * `lines` always says where its text stood. `command` is what printed it, where that is known.
 */
export const EvidenceItem = z.object({
  id: z.string().regex(/^E\d+$/),
  source: z.object({ kind: SourceKind, name: z.string() }),
  object: ObjectRef.optional(),
  command: z.string().optional(),
  lines: LineRange,
  /** RFC 3339, the first time the text itself states. */
  time: z.string().optional(),
  text: z.string(),
  /** Lines of a cut log that stand for `more` of their kind, which were left out. */
  repeats: Repeats.optional(),
});
export type EvidenceItem = z.infer<typeof EvidenceItem>;

/** A quote that stands, byte for byte, in the text of the named item. */
export const Citation = z.object({ evidence: z.string(), lines: LineRange.optional(), quote: z.string().min(1) });
export type Citation = z.infer<typeof Citation>;

/** A text to look at: a file's, a pasted transcript's, an archive member's. */
export interface EvidenceFile {
  readonly name: string;
  readonly text: string;
  /** Present where `text` is not the whole; line numbers are always of the whole. */
  readonly excerpt?: Excerpted;
  /** Present where lines of the text were joined that stood broken (`wrap.ts`). */
  readonly breaks?: readonly Break[];
  /** Present where it is known what the text is: then it is one section, whatever its lines look like. */
  readonly known?: { readonly kind: SourceKind; readonly command?: string; readonly object?: ObjectRef };
}

/** How people write an object: `Pod shop/api-7d9f`. */
export function refText(ref: ObjectRef): string {
  const where = ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
  return ref.path === undefined ? `${ref.kind} ${where}` : `${ref.kind} ${where} (${ref.path})`;
}

/** Kind, namespace and name as one text, for maps and sets. */
export function refKey(ref: ObjectRef): string {
  return `${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}

/** Whether two objects are known to be in different namespaces. */
export function inOtherNamespace(a: Pick<ObjectRef, 'namespace'>, b: Pick<ObjectRef, 'namespace'>): boolean {
  return a.namespace !== undefined && b.namespace !== undefined && a.namespace !== b.namespace;
}

/** Identity within a scene: kind, name and API group, and the namespace where both know it. */
export function sameObject(a: ObjectRef, b: ObjectRef): boolean {
  return (
    a.kind === b.kind && a.name === b.name && sameApi(a.kind, a.apiVersion, b.apiVersion) && !inOtherNamespace(a, b)
  );
}

import { z } from 'zod';

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
});
export type EvidenceItem = z.infer<typeof EvidenceItem>;

/** A quote that stands, byte for byte, in the text of the named item. */
export const Citation = z.object({ evidence: z.string(), lines: LineRange.optional(), quote: z.string().min(1) });
export type Citation = z.infer<typeof Citation>;

/** A text to look at: a file's, a pasted transcript's, an archive member's. */
export interface EvidenceFile {
  readonly name: string;
  readonly text: string;
}

/** How people write an object: `Pod shop/api-7d9f`. */
export function refText(ref: ObjectRef): string {
  const where = ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
  return ref.path === undefined ? `${ref.kind} ${where}` : `${ref.kind} ${where} (${ref.path})`;
}

/** Identity within a scene: kind and name, and the namespace where both know it. */
export function sameObject(a: ObjectRef, b: ObjectRef): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    (a.namespace === undefined || b.namespace === undefined || a.namespace === b.namespace)
  );
}

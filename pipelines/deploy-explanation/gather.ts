import { z } from 'zod';
import { collect } from '../../src/evidence/collect.ts';
import { EvidenceItem } from '../../src/evidence/model.ts';
import { redact } from '../../src/model/redaction.ts';
import type { ExplainRequest } from './schema.ts';

/** What collecting brought: numbered evidence, redacted, and what was replaced or left out. */
export const Gathered = z.object({
  items: z.array(EvidenceItem),
  cut: z.array(z.string()),
  redacted: z.array(z.object({ placeholder: z.string(), kind: z.string(), count: z.number().int() })),
});
export type Gathered = z.infer<typeof Gathered>;

/** Redacts all texts together (one secret, one placeholder), then splits and numbers them. Lines keep their numbers. */
export function gather(request: Pick<ExplainRequest, 'evidence'>): Gathered {
  const { value, redacted } = redact(request.evidence.map(({ name, text }) => ({ name, text })));
  // Line numbers and counts hold no secrets; the texts that they belong to are redacted.
  const files = value.map((file, index) => {
    const excerpt = request.evidence[index]?.excerpt;
    return excerpt === undefined ? file : { ...file, excerpt };
  });
  return {
    ...collect(files),
    redacted: redacted.map(({ placeholder, kind, count }) => ({ placeholder, kind, count })),
  };
}

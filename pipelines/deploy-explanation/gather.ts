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

/** Redacts every text, then splits and numbers it. Line numbers stay those of the texts given. */
export function gather(request: Pick<ExplainRequest, 'evidence'>): Gathered {
  const counts = new Map<string, { placeholder: string; kind: string; count: number }>();
  const files = request.evidence.map(({ name, text }) => {
    const result = redact(text);
    for (const { placeholder, kind, count } of result.redacted) {
      const before = counts.get(placeholder);
      counts.set(placeholder, { placeholder, kind, count: (before?.count ?? 0) + count });
    }
    return { name: redact(name).text, text: result.text };
  });
  return { ...collect(files), redacted: [...counts.values()] };
}

import type { ExplainDeployInput } from '../../signatures/explain-deploy.ts';
import type { EvidenceItem } from '../../src/evidence/model.ts';
import { refText } from '../../src/evidence/model.ts';
import { redactLike } from '../../src/model/redaction.ts';
import { candidates } from './rank.ts';
import type { ExplainRequest, Finding } from './schema.ts';
import { askedIn } from './target.ts';

/** A model sees at most so many findings and characters of evidence: small models lose the thread in more. */
const FINDINGS = 4;
const CITATIONS = 3;
const CHARS = 2400;

/** The beginning of a text; half a character at its end is replaced. */
function cut(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}

/** What the model is given: the question without its secrets, the best findings and the lines they cite, within a budget. Nothing else. */
export function promptOf(
  request: ExplainRequest,
  findings: readonly Finding[],
  items: readonly EvidenceItem[],
): ExplainDeployInput {
  const best = candidates(findings, askedIn(request)).slice(0, FINDINGS);
  const names = new Map(items.map((item) => [item.id, item.source.name]));
  const quotes: string[] = [];
  let left = CHARS;
  for (const finding of best)
    for (const { evidence, lines, quote } of finding.citations.slice(0, CITATIONS)) {
      const line = cut(
        `${evidence} ${names.get(evidence) ?? ''}:${lines?.from ?? '?'} | ${quote.replaceAll('\n', ' ⏎ ')}`,
        300,
      );
      if (line.length > left || quotes.includes(line)) continue;
      left -= line.length;
      quotes.push(line);
    }
  return {
    // Evidence was redacted when it was read; a question may have been pasted with anything in it.
    question: cut(redactLike(request.question ?? 'Why does this deploy fail?', quotes), 300),
    findings: best.map((finding) =>
      cut(`${finding.id} [${finding.kind}] ${refText(finding.object)}: ${finding.summary}`, 400),
    ),
    quotes,
  };
}

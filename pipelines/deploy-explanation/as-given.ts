import { asGiven, citedAsGiven, linesAsGiven, type ReadItem } from '../../src/evidence/given.ts';
import type { Citation } from '../../src/evidence/model.ts';
import type { Explanation } from './schema.ts';

/** An explanation whose evidence, citations and line numbers are those of the texts as they were given, with their lines as they were broken. */
export function toldAsGiven(told: Explanation, items: readonly ReadItem[]): Explanation {
  if (items.every(({ broken }) => broken === undefined)) return told;
  const byId = new Map(items.map((item) => [item.id, item]));
  const cited = (citations: readonly Citation[]) =>
    citations.map((citation) => citedAsGiven(citation, byId.get(citation.evidence)));
  return {
    ...told,
    findings: told.findings.map((finding) => ({ ...finding, citations: cited(finding.citations) })),
    hypotheses: told.hypotheses.map((one) => ({ ...one, citations: cited(one.citations) })),
    evidence: told.evidence.map(asGiven),
    timeline: told.timeline.map((moment) =>
      moment.lines === undefined ? moment : { ...moment, lines: linesAsGiven(moment.lines, byId.get(moment.evidence)) },
    ),
    ...(told.fact === undefined ? {} : { fact: { ...told.fact, citations: cited(told.fact.citations) } }),
    ...(told.serving === undefined ? {} : { serving: { ...told.serving, citations: cited(told.serving.citations) } }),
    ...(told.change === undefined ? {} : { change: { ...told.change, citations: cited(told.change.citations) } }),
  };
}

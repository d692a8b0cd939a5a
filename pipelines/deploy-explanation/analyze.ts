import { resolves } from '../../src/evidence/cite.ts';
import { type Citation, type EvidenceItem, type ObjectRef, refText } from '../../src/evidence/model.ts';
import type { Analyzer, Draft } from './analyzers/analyzer.ts';
import { alertFiring } from './analyzers/custom/alert-firing.ts';
import { analyzers } from './analyzers/index.ts';
import { asksForSpeed } from './asks-speed.ts';
import { linkSymptoms } from './links.ts';
import { isElsewhere } from './reach.ts';
import type { ExplainRequest, Finding } from './schema.ts';
import { setByChange } from './set-by-change.ts';
import { askedIn } from './target.ts';
import { type View, viewOf } from './view.ts';

const MAX_CITATIONS = 6;
const MAX_FINDINGS = 60;

interface Numbered {
  analyzer: Analyzer;
  draft: Draft;
  citations: Citation[];
  involves: ObjectRef[];
}

function unique(citations: readonly (Citation | undefined)[], items: ReadonlyMap<string, EvidenceItem>): Citation[] {
  const seen = new Set<string>();
  return citations.filter((citation): citation is Citation => {
    if (citation === undefined || !resolves(citation, items)) return false;
    const key = `${citation.evidence} ${citation.lines?.from ?? 0} ${citation.quote}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function uniqueRefs(refs: readonly ObjectRef[]): ObjectRef[] {
  return [...new Map(refs.map((ref) => [refText(ref), ref])).values()];
}

/** Findings of one kind on one object are one finding: three pods of a Deployment fail for one reason. */
function merge(
  found: readonly { analyzer: Analyzer; draft: Draft }[],
  items: ReadonlyMap<string, EvidenceItem>,
): Numbered[] {
  const merged = new Map<string, Numbered>();
  for (const { analyzer, draft } of found) {
    const citations = unique(draft.citations, items);
    if (citations.length === 0) continue;
    const key = `${analyzer.kind} ${refText(draft.object)}`;
    const before = merged.get(key);
    if (before === undefined) {
      merged.set(key, { analyzer, draft, citations, involves: [...(draft.involves ?? [])] });
      continue;
    }
    const better = draft.confidence > before.draft.confidence ? draft : before.draft;
    const severity = before.draft.severity === 'failed' || draft.severity === 'failed' ? 'failed' : better.severity;
    before.draft = { ...better, severity };
    if (before.citations.length < MAX_CITATIONS) before.citations = unique([...before.citations, ...citations], items);
    before.involves.push(...(draft.involves ?? []));
  }
  return [...merged.values()];
}

/** Runs every analyzer over a view and links what they find. A finding without a citation that resolves is dropped. */
function analyzeView(view: View, names: ReadonlySet<string>, speed: boolean): Finding[] {
  const items = new Map(view.scene.items.map((item) => [item.id, item]));
  const found = analyzers.flatMap((analyzer) =>
    analyzer
      .find(view)
      .filter(({ onlyIfNamed, object }) => onlyIfNamed !== true || names.has(object.name))
      .filter(({ onlyIfAsked }) => onlyIfAsked === undefined || speed)
      .map((draft) => ({ analyzer, draft: whereSet(view, analyzer, draft) })),
  );
  const ranked = merge(
    found.every(({ analyzer, draft }) => analyzer === alertFiring || draft.severity === 'info')
      ? found.map(asProven)
      : found,
    items,
  )
    .sort((a, b) => b.draft.confidence - a.draft.confidence || (a.analyzer.kind < b.analyzer.kind ? -1 : 1))
    .slice(0, MAX_FINDINGS);
  const findings = ranked.map(
    ({ analyzer, draft, citations, involves }, index): Finding => ({
      id: `F${index + 1}`,
      kind: analyzer.kind,
      ...(draft.aspect === undefined ? {} : { aspect: draft.aspect }),
      stage: analyzer.stage,
      severity: isElsewhere(draft, view) ? 'info' : draft.severity,
      summary: withoutBlanks(draft.summary),
      object: clean(draft.object),
      confidence: Math.round(draft.confidence * 100) / 100,
      citations: citations.slice(0, MAX_CITATIONS),
      involves: uniqueRefs(involves).slice(0, 40).map(clean),
      symptomOf: [],
      rulesOut: [...(draft.rulesOut ?? [])],
      remedies: [...(draft.remedies ?? [])],
    }),
  );
  return linkSymptoms(view, findings);
}

/** A finding at the ConfigMap or Secret that a record of changes shows to hold the value at fault. */
function whereSet(view: View, { kind }: Analyzer, draft: Draft): Draft {
  const place = setByChange(view, kind, draft);
  if (place === undefined) return draft;
  const { path: _, ...asked } = draft.object;
  return {
    ...draft,
    object: place.object,
    citations: [...draft.citations, ...place.citations],
    involves: [...(draft.involves ?? []), asked],
  };
}

/** How sure a kind is that an alert alone proves. */
const PROVEN = 0.8;

/** What is told with an alert alone, as the kind that the alert proves. */
function asProven(one: { analyzer: Analyzer; draft: Draft }): { analyzer: Analyzer; draft: Draft } {
  const analyzer = analyzers.find(({ kind }) => kind === one.draft.alone);
  return analyzer === undefined ? one : { analyzer, draft: { ...one.draft, confidence: PROVEN } };
}

/** A sentence without names that are not known: a table's row does not name containers. */
function withoutBlanks(summary: string): string {
  return summary.replaceAll(/(?:\bthe )?\b(init )?container ``/gi, (_all, init?: string) =>
    init === undefined ? 'its container' : 'an init container',
  );
}

/** A ref without members that are `undefined`: it passes through JSON. */
function clean(ref: ObjectRef): ObjectRef {
  const { apiVersion, kind, namespace, name, path } = ref;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(path === undefined ? {} : { path }),
  };
}

/** Parses evidence and runs every analyzer over it. Pure: the same items and request give the same findings. */
export function analyze(
  items: readonly EvidenceItem[],
  request: Pick<ExplainRequest, 'question' | 'target'> = {},
): Finding[] {
  const names = new Set(askedIn(request).targets.map(({ name }) => name));
  return analyzeView(viewOf(items), names, asksForSpeed(request.question));
}

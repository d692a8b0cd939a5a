import type { ExplainDeployOutput } from '../../signatures/explain-deploy.ts';
import type { Citation, EvidenceItem } from '../../src/evidence/model.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import { alertsOver } from './alerts-over.ts';
import { toldAsGiven } from './as-given.ts';
import { askedIsUp, unansweredBy } from './beyond-state.ts';
import { calibrated } from './calibration.ts';
import { changeOf } from './change.ts';
import { changeTold } from './changes/told.ts';
import { type Fact, factOf } from './facts.ts';
import type { Gathered } from './gather.ts';
import { answerOf } from './git/answer.ts';
import type { GitReading } from './git/request.ts';
import { keptInGit } from './gitops.ts';
import { type Health, healthOf, nodesWell } from './health.ts';
import { broughtDown, chainOf } from './links.ts';
import { beyondNotification, notSeen, readingRefused } from './not-seen.ts';
import { candidates } from './rank.ts';
import { isElsewhere } from './reach.ts';
import { ruledOut } from './ruled-out.ts';
import type { Cause, ExplainRequest, Explanation, Finding, Remedy } from './schema.ts';
import { stillServing } from './serving.ts';
import { spared } from './spared.ts';
import { saidToBeDown, wasAwaited } from './stated-state.ts';
import { askedIn, unansweredQuestion, unseenTarget } from './target.ts';
import { timelineOf } from './timeline.ts';
import { verify } from './verify.ts';
import { type View, viewOf } from './view.ts';
import { asksFor, wayOf } from './ways.ts';

/** Where nothing but a fact was asked for, and nothing in the evidence has failed. */
const ANSWERED: Health = { verdict: 'healthy', summary: 'Nothing that the evidence shows has failed.', citations: [] };

const RISKS = ['none', 'low', 'medium', 'high'] as const;
const MAX_HYPOTHESES = 4;
/** A cited item longer than this is shown as the lines around its citations. */
const SHOWN_LINES = 60;
const AROUND = 5;

/** The number after the last item's: what a repository shows is numbered on. */
function nextId(items: readonly EvidenceItem[]): number {
  return Number(items.at(-1)?.id.slice(1) ?? 0) + 1;
}

function causeOf({ kind, aspect, summary, object, confidence }: Finding, place: 'root' | 'hypothesis'): Cause {
  const shown = calibrated(place, confidence);
  return { kind, ...(aspect === undefined ? {} : { aspect }), summary, object, confidence: shown };
}

/** Cuts an item to the lines its citations need; its `lines` say which. */
function narrow(item: EvidenceItem, citations: readonly Citation[]): EvidenceItem {
  const lines = item.text.split('\n');
  const ranges = citations.flatMap((citation) =>
    citation.evidence === item.id && citation.lines !== undefined ? [citation.lines] : [],
  );
  const open = citations.some((citation) => citation.evidence === item.id && citation.lines === undefined);
  if (lines.length <= SHOWN_LINES || ranges.length === 0 || open) return item;
  const from = Math.max(item.lines.from, Math.min(...ranges.map((range) => range.from)) - AROUND);
  const to = Math.min(item.lines.to, Math.max(...ranges.map((range) => range.to)) + AROUND);
  return {
    ...item,
    lines: { from, to },
    text: lines.slice(from - item.lines.from, to - item.lines.from + 1).join('\n'),
  };
}

/** Lines of a text, with those that were left out of an excerpt; a line end at its end begins no other. */
function linesOf({ text, excerpt }: ExplainRequest['evidence'][number]): number {
  const missing = (excerpt?.gaps ?? []).reduce((sum, { lines }) => sum + lines, 0);
  return missing + text.split('\n').length - (text === '' || text.endsWith('\n') ? 1 : 0);
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A fact as the answer carries it. */
function told({ summary, citations }: Fact): Explanation['fact'] {
  return { summary, citations: [...citations] };
}

function cited(items: readonly EvidenceItem[], citations: readonly Citation[]): EvidenceItem[] {
  const ids = new Set(citations.map((citation) => citation.evidence));
  return items.filter((item) => ids.has(item.id)).map((item) => narrow(item, citations));
}

function remediesOf(view: View, chain: readonly Finding[], first: readonly Remedy[]): Remedy[] {
  const concerned = chain.slice(0, 1).flatMap(({ object, involves }) => [object, ...involves]);
  const workloads = concerned.map((ref) => workloadOf(view.scene, ref));
  const all = keptInGit(view, workloads, [...first, ...(chain[0]?.remedies ?? [])]);
  const asked = chain[0] === undefined ? [] : asksFor(chain[0]);
  const unique = [...new Map([...all, ...asked].map((remedy) => [remedy.title, remedy])).values()].map((remedy) => ({
    ...remedy,
    way: wayOf(remedy),
  }));
  return unique.sort((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk)).slice(0, 8);
}

/** The finding that an explanation will name as the root; undefined when nothing has failed. Pure. */
export function rootOf(
  request: ExplainRequest,
  { items }: Gathered,
  findings: readonly Finding[],
  draft: ExplainDeployOutput | null,
): Finding | undefined {
  const roots = candidates(findings, askedIn(request));
  return draft === null || roots.length === 0 ? roots[0] : verify(draft, roots, findings, items).root;
}

/**
 * Puts the explanation together: rules decide, the model's checked words are added, and what a repository told, where one was
 * read. Pure.
 */
export function explain(
  request: ExplainRequest,
  gathered: Gathered,
  findings: readonly Finding[],
  draft: ExplainDeployOutput | null,
  reading: GitReading | null = null,
): Explanation {
  return toldAsGiven(asRead(request, gathered, findings, draft, reading), gathered.items);
}

/** The same, with evidence numbered and cited as it is read. */
function asRead(
  request: ExplainRequest,
  gathered: Gathered,
  findings: readonly Finding[],
  draft: ExplainDeployOutput | null,
  reading: GitReading | null,
): Explanation {
  const { items } = gathered;
  const view = viewOf(items);
  const found = candidates(findings, askedIn(request));
  const fact = factOf(request, view);
  const well = spared(request, view, findings, found, fact);
  const roots = well === undefined ? found : [];
  const base = {
    findings: [...findings],
    redacted: [...gathered.redacted],
    ...(gathered.live?.read === undefined ? {} : { live: gathered.live.read }),
  };
  const usage = {
    texts: request.evidence.length + (gathered.live?.texts ?? 0),
    lines: request.evidence.reduce((sum, file) => sum + linesOf(file), gathered.live?.lines ?? 0),
    items: items.length,
  };
  const elsewhere = unseenTarget(request, view, findings);
  const looked = gathered.live?.read;
  const beyond = looked === undefined ? beyondNotification(request) : [];
  const always = [...beyond, ...(gathered.live?.notSeen ?? []), ...gathered.cut];
  const unseen = [
    ...(elsewhere === undefined ? [] : [elsewhere]),
    ...(looked === undefined ? notSeen(view, findings) : []),
    ...always,
  ];
  if (roots.length === 0) {
    const seen = healthOf(view);
    const alone =
      seen.verdict === 'unknown'
        ? (nodesWell(request, view, fact !== undefined) ?? (fact?.alone === true ? ANSWERED : seen))
        : seen;
    const health = well === undefined ? alone : { verdict: 'healthy' as const, ...well };
    const calm =
      well !== undefined
        ? undefined
        : findings.find((finding) => finding.severity === 'info' && !isElsewhere(finding, view));
    const said = calm !== undefined && health.verdict === 'unknown' ? 'healthy' : health.verdict;
    // That other things are well says nothing of the target, or of what could not be read.
    const half = said === 'healthy' && (gathered.live?.partial === true || readingRefused(view));
    // A fact, and what is said of a workload that is spared, are answers to any question.
    const answered = fact !== undefined || well !== undefined;
    const unanswered = answered ? unansweredQuestion(request, view) : unansweredBy(request, view);
    const aside = elsewhere ?? (said === 'healthy' ? unanswered : undefined);
    const verdict = aside === undefined && !half ? said : 'unknown';
    const over = verdict === 'healthy' ? alertsOver(view) : undefined;
    const summary =
      aside !== undefined
        ? `${upperFirst(aside)}.`
        : half
          ? 'Nothing that was read has failed, but not everything could be read (see "not seen").'
          : fact !== undefined && well === undefined
            ? `${fact.summary}${verdict === 'unknown' ? '' : ` ${(calm ?? health).summary}`}`
            : `${(calm ?? health).summary}${said === 'healthy' && calm === undefined && well === undefined ? askedIsUp(request, view) : ''}${over === undefined ? '' : ` ${over.summary}`}`;
    const citations = [
      ...(fact?.citations ?? []),
      ...(over?.citations ?? []),
      ...health.citations,
      ...findings.flatMap((finding) => finding.citations),
    ];
    const timeline = timelineOf(view, citations, [], 'cited');
    return {
      ...base,
      verdict,
      stage: 'none',
      summary,
      ...(fact === undefined ? {} : { fact: told(fact) }),
      hypotheses: [],
      chain: [],
      evidence: cited(items, [...citations, ...timeline.citations]),
      timeline: timeline.moments,
      remedies:
        verdict === 'unknown' && fact === undefined
          ? [
              {
                title: 'Collect what is not here (see "not seen") and ask again',
                way: 'look' as const,
                risk: 'none' as const,
                changes: false,
              },
            ]
          : (calm?.remedies ?? []).map((remedy) => ({ ...remedy, way: wayOf(remedy) })),
      ruledOut: ruledOut(view, findings),
      notSeen: verdict === 'unknown' ? unseen : always,
      usage: { ...usage, model: 'none', dropped: [] },
    };
  }
  const checked = draft === null ? undefined : verify(draft, roots, findings, items);
  const root = checked?.root ?? (roots[0] as Finding);
  const chain = chainOf(root, findings);
  const shift = changeOf(view, root);
  const git = reading === null ? undefined : answerOf(reading, nextId(items));
  const kept = git?.change === undefined && shift === undefined ? changeTold(view, root) : undefined;
  const change = git?.change ?? shift?.change ?? kept;
  const others = roots
    .filter((finding) => finding.id !== root.id)
    .slice(0, MAX_HYPOTHESES)
    .map((finding) => ({ ...causeOf(finding, 'hypothesis'), by: 'rules' as const, citations: finding.citations }));
  const hypotheses = [...others, ...(checked?.hypotheses ?? [])];
  const citations = [
    ...findings.flatMap((finding) => finding.citations),
    ...hypotheses.flatMap((hypothesis) => hypothesis.citations),
    ...(shift?.change.citations ?? kept?.citations ?? []),
  ];
  const serving = stillServing(view, root);
  const timeline = timelineOf(view, citations, chain[0]?.citations ?? root.citations, 'all');
  // A cause that by itself only degrades has failed what fails because of it.
  const failed =
    broughtDown(root, findings).some(({ severity }) => severity === 'failed') ||
    saidToBeDown(request, view, root) ||
    wasAwaited(view, root);
  return {
    ...base,
    verdict: failed ? 'failed' : 'degraded',
    stage: root.stage,
    summary: checked?.briefing ?? root.summary,
    rootCause: causeOf(root, 'root'),
    hypotheses,
    chain: chain.map(({ id, kind, object, summary }) => ({ finding: id, kind, object, summary })),
    evidence: cited(
      [...items, ...(git?.items ?? [])],
      [
        ...citations,
        ...timeline.citations,
        ...(git?.change?.citations ?? []),
        ...(serving?.citations ?? []),
        ...(fact?.citations ?? []),
      ],
    ),
    timeline: timeline.moments,
    ...(fact === undefined ? {} : { fact: told(fact) }),
    ...(serving === undefined ? {} : { serving }),
    ...(change === undefined ? {} : { change }),
    ...(git?.git === undefined ? {} : { git: git.git }),
    remedies: remediesOf(view, chain, [...(git?.remedies ?? []), ...(shift?.remedies ?? [])]),
    ruledOut: ruledOut(view, findings),
    notSeen: [...unseen, ...(reading?.notSeen ?? [])],
    usage: {
      ...usage,
      model:
        checked === undefined
          ? 'none'
          : checked.briefing === undefined && checked.hypotheses.length === 0
            ? 'rejected'
            : 'used',
      dropped: [...(checked?.dropped ?? [])],
    },
  };
}

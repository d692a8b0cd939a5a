import type { ExplainDeployOutput } from '../../signatures/explain-deploy.ts';
import { resolves } from '../../src/evidence/cite.ts';
import { type Citation, type EvidenceItem, refText } from '../../src/evidence/model.ts';
import { calibrated } from './calibration.ts';
import { findingGround, type Ground, groundOf, ungrounded } from './grounded.ts';
import { chainOf } from './links.ts';
import type { Explanation, Finding } from './schema.ts';

/** What is left of a model's answer after code has checked it, and what was dropped and why. */
export interface Verified {
  readonly root: Finding;
  readonly briefing?: string;
  readonly hypotheses: Explanation['hypotheses'];
  readonly dropped: string[];
}

/** A model may overrule the rules' choice only among findings that the rules hold for as likely. */
const CHOICE_MARGIN = 0.05;
const MIN_QUOTE = 8;
/** What a model guesses was never counted: it stands no higher than the weakest hypothesis of the rules. */
const MODEL_CONFIDENCE = calibrated('hypothesis', 0);

const CHANGING =
  /\bkubectl\s+(?:-\S+\s+)*(?:delete|apply|patch|edit|scale|set|rollout|drain|cordon|replace|create|annotate|label|exec)|\bhelm\s+(?:upgrade|install|rollback|uninstall)|\bargocd\s+app\s+(?:sync|delete|rollback|set)|\b(?:terraform|tofu)\s+(?:apply|destroy)|\brm\s+-|\bcurl\b.*\|\s*(?:ba)?sh|\bdocker\s+(?:rm|kill|system)/i;
const DENIES =
  /\b(?:nothing is (?:wrong|broken)|no (?:problem|issue|error)s?\b|is (?:perfectly )?healthy|works? (?:fine|as expected)|can be ignored|false alarm)/i;
/** What to do is said by remedies, which have a check of their own; a briefing says what is. */
const ADVISES =
  /\b(?:should|must|needs? to|ensur\w+|make sure|try|consider|recommend\w*|can be (?:resolved|fixed|solved|corrected)|to (?:fix|resolve|solve|correct)|please|common (?:issue|problem|error|cause))\b/i;

/** An order to the reader, or a shell command in backticks: a hypothesis says what may be, never what to do. */
const COMMANDS =
  /(?:^|[.;:!?]\s+)(?:please\s+)?(?:run|execute|type|use|install|download|open|visit|call|delete|remove|restart|disable|apply|set|paste|send)\b|`[^`]*(?:\||;|&&|\$\(|\s-{1,2}\w)[^`]*`/i;

/**
 * The words of a sentence that claim a fact: quoted, in backticks, with digits, with `-_./:` inside, or in capitals. Plain
 * words are language and are not checked.
 */
export function claimsOf(sentence: string): string[] {
  const quoted = [...sentence.matchAll(/`([^`]+)`|"([^"]+)"/g)].map((match) => match[1] ?? match[2] ?? '');
  const rest = sentence.replace(/`[^`]+`|"[^"]+"/g, ' ');
  const words = rest.split(/[\s,;()[\]{}<>"']+/).map((word) => word.replace(/^[.:!?-]+|[.:!?-]+$/g, ''));
  const telling = words.filter(
    (word) =>
      /\d/.test(word) ||
      /[A-Za-z0-9][-_./:@=][A-Za-z0-9]/.test(word) ||
      /^[A-Z][A-Z0-9_]{2,}$/.test(word) ||
      /[a-z][A-Z]/.test(word),
  );
  return [...quoted, ...telling].filter((word) => word.trim() !== '');
}

function corpusOf(findings: readonly Finding[], items: readonly EvidenceItem[]): string {
  const said = findings.flatMap((finding) => [finding.id, finding.kind, refText(finding.object), finding.summary]);
  return [...said, ...items.map((item) => `${item.id} ${item.text}`)].join('\n');
}

/** The first claim that stands nowhere in the corpus as a word of its own: a 7 is not found in 17 or 10:17. */
function unsupported(sentence: string, corpus: string): string | undefined {
  return claimsOf(sentence).find((claim) => !standsIn(claim, corpus));
}

function standsIn(claim: string, corpus: string): boolean {
  const joins = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char);
  // Between digits, a dot, colon, comma or minus sign belongs to the number (a time, a version, an address).
  const continues = (near: string | undefined, far: string | undefined): boolean =>
    joins(near) || (near !== undefined && /[.:,-]/.test(near) && far !== undefined && /\d/.test(far));
  const numeric = /^[\d.,]+$/.test(claim);
  for (let at = corpus.indexOf(claim); at !== -1; at = corpus.indexOf(claim, at + 1)) {
    const end = at + claim.length;
    const open = numeric
      ? continues(corpus[at - 1], corpus[at - 2]) || continues(corpus[end], corpus[end + 1])
      : (joins(claim[0]) && joins(corpus[at - 1])) || (joins(claim.at(-1)) && joins(corpus[end]));
    if (!open) return true;
  }
  return false;
}

const unfounded = (sentence: string, grounds: readonly Ground[]) =>
  ungrounded(sentence, grounds, { claimsOf, standsIn });

/** The sentences of a briefing that say what one of the findings says, without those that advise or claim something else. */
function statements(briefing: string, grounds: readonly Ground[], corpus: string): { text: string; dropped: string[] } {
  const sentences = briefing.trim().split(/(?<=[.!?])\s+(?=[A-Z`"])/);
  const told = sentences.filter((sentence) => !ADVISES.test(sentence) && !COMMANDS.test(sentence));
  const dropped = told.length < sentences.length ? ['the briefing gives advice'] : [];
  const kept = told.filter((sentence) => {
    // A name that is nowhere in the evidence spoils the whole briefing.
    const claim = unsupported(sentence, corpus) === undefined ? unfounded(sentence, grounds) : undefined;
    if (claim !== undefined) dropped.push(`the briefing claims \`${claim.slice(0, 40)}\`, of which no finding speaks`);
    return claim === undefined;
  });
  return { text: kept.join(' '), dropped };
}

/** A briefing of the model's own words is kept when it speaks of the root and says nothing that evidence does not hold. */
function checkBriefing(text: string, root: Finding, corpus: string): string | undefined {
  if (text === '') return 'the briefing is empty';
  if (text.length > 700) return 'the briefing is too long';
  if (CHANGING.test(text)) return 'the briefing proposes a command that changes things';
  if (DENIES.test(text)) return 'the briefing denies what the findings prove';
  const named = [root.object.name, ...root.involves.map((ref) => ref.name), ...claimsOf(root.summary)];
  if (!named.some((name) => name.length > 2 && text.includes(name))) return 'the briefing does not name what failed';
  const wrong = unsupported(text, corpus);
  return wrong === undefined ? undefined : `the briefing says \`${wrong.slice(0, 80)}\`, which is not in the evidence`;
}

function checkHypotheses(
  draft: ExplainDeployOutput,
  root: Finding,
  corpus: string,
  items: readonly EvidenceItem[],
  findings: readonly Finding[],
): Pick<Verified, 'hypotheses' | 'dropped'> {
  const byId = new Map(items.map((item) => [item.id, item]));
  const hypotheses: Explanation['hypotheses'] = [];
  const dropped: string[] = [];
  for (const { claim, evidenceId, quote } of draft.hypotheses) {
    const citation: Citation = { evidence: evidenceId, quote };
    const item = byId.get(evidenceId);
    const wrong = unsupported(claim, corpus);
    // What is quoted decides; beside it a guess may speak of one finding.
    const grounds = findings.map(({ summary, citations }) =>
      groundOf([quote], [summary, ...citations.map((at) => at.quote)]),
    );
    const claimed = unfounded(claim, grounds);
    if (claim.trim() === '' || quote.trim().length < MIN_QUOTE) dropped.push('a hypothesis cites nothing');
    else if (item === undefined || !resolves(citation, byId))
      dropped.push(`a hypothesis quotes what is not in ${evidenceId.slice(0, 20)}`);
    else if (ADVISES.test(claim) || COMMANDS.test(claim)) dropped.push('a hypothesis gives advice');
    else if (wrong !== undefined)
      dropped.push(`a hypothesis says \`${wrong.slice(0, 80)}\`, which is not in the evidence`);
    else if (claimed !== undefined)
      dropped.push(`a hypothesis claims \`${claimed.slice(0, 40)}\`, of which neither a finding nor its quote speaks`);
    else if (CHANGING.test(claim)) dropped.push('a hypothesis proposes a command that changes things');
    else if (DENIES.test(claim)) dropped.push('a hypothesis denies what the findings prove');
    else
      hypotheses.push({
        kind: 'model-hypothesis',
        summary: claim.trim(),
        object: item.object ?? root.object,
        confidence: MODEL_CONFIDENCE,
        by: 'model',
        citations: [citation],
      });
  }
  return { hypotheses, dropped };
}

/**
 * Checks a model's answer against findings and evidence. The rules' root stands unless the model chose another root
 * candidate of the same weight and nearly the same confidence; whatever fails a check is dropped.
 */
export function verify(
  draft: ExplainDeployOutput,
  roots: readonly Finding[],
  findings: readonly Finding[],
  items: readonly EvidenceItem[],
): Verified {
  const best = roots[0] as Finding;
  const corpus = corpusOf(findings, items);
  const dropped: string[] = [];
  const chosen = roots.find((finding) => finding.id === draft.chosenFinding.trim());
  const allowed =
    chosen !== undefined && chosen.severity === best.severity && chosen.confidence >= best.confidence - CHOICE_MARGIN;
  if (chosen === undefined)
    dropped.push(`the choice \`${draft.chosenFinding.slice(0, 20)}\` is none of the possible roots`);
  else if (!allowed) dropped.push(`the choice ${chosen.id} is less likely than ${best.id}`);
  const checked = checkHypotheses(draft, best, corpus, items, findings);
  // The briefing must fit the root that is shown: one written for a refused choice would explain the wrong thing.
  const root = allowed ? chosen : best;
  const { text: briefing, dropped: advice } = statements(
    draft.briefing,
    chainOf(root, findings).map(findingGround),
    corpus,
  );
  dropped.push(...advice);
  const fault =
    chosen !== undefined && !allowed ? 'the briefing explains a refused choice' : checkBriefing(briefing, root, corpus);
  if (fault !== undefined) dropped.push(fault);
  return {
    root,
    hypotheses: checked.hypotheses,
    dropped: [...dropped, ...checked.dropped],
    ...(fault === undefined ? { briefing } : {}),
  };
}

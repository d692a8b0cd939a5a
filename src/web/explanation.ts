import { alsoBroken, alternatives } from '../../pipelines/deploy-explanation/also-broken.ts';
import { kindText } from '../../pipelines/deploy-explanation/kind-text.ts';
import { lookedAt } from '../../pipelines/deploy-explanation/looked.ts';
import type { Explanation, GitChange } from '../../pipelines/deploy-explanation/schema.ts';
import { refText } from '../../src/evidence/model.ts';
import { Citations } from './citations.ts';
import { evidenceItem } from './evidence.ts';
import { type Html, html, type Part, prose } from './html.ts';
import { page } from './page.ts';
import { remedyGroups } from './remedies.ts';
import { timelineSection } from './timeline.ts';

const MODEL_WORDS: Readonly<Record<Explanation['usage']['model'], string>> = {
  none: 'answered by rules alone',
  used: 'answered by rules, worded by a model',
  rejected: 'answered by rules; what the model said did not hold',
};

function percent(confidence: number): Html {
  return html`<meter min="0" max="1" value="${confidence}">${Math.round(confidence * 100)} %</meter> ${Math.round(confidence * 100)} %`;
}

function section(id: string, title: string, body: Part, empty = false): Html | undefined {
  return empty ? undefined : html`<section id="${id}"><h2>${title}</h2>\n${body}\n</section>\n`;
}

function list(entries: readonly Part[]): Html {
  return html`<ul>\n${entries.map((entry) => html`<li>${entry}</li>\n`)}</ul>`;
}

function head(output: Explanation): Html {
  const { verdict, stage, rootCause, summary, usage } = output;
  const looked = lookedAt(output);
  const said =
    rootCause === undefined || rootCause.summary === summary
      ? undefined
      : html`<p class="dim">In the model's words: ${prose(summary)}</p>\n`;
  const facts =
    rootCause === undefined
      ? undefined
      : html`<dl class="facts">
<dt>Root cause</dt><dd class="kind">${kindText(rootCause)}</dd>
<dt>Object</dt><dd>${refText(rootCause.object)}</dd>
<dt>Stage</dt><dd>${stage}</dd>
<dt>Confidence</dt><dd>${percent(rootCause.confidence)}</dd>
<dt>Mode</dt><dd>${MODEL_WORDS[usage.model]}</dd>
</dl>
`;
  return html`<header id="answer"><p class="verdict ${verdict}">${verdict}</p>
<h1>${prose(rootCause?.summary ?? summary)}</h1>
${said}${output.fact === undefined || rootCause === undefined ? undefined : html`<p>${prose(output.fact.summary)}</p>\n`}${output.serving === undefined ? undefined : html`<p>${prose(output.serving.summary)}.</p>\n`}${looked === undefined ? undefined : html`<p class="dim">Seen in ${looked}</p>\n`}${facts}</header>
`;
}

/** The citations of the root, as they stand in the evidence. */
function proof({ findings, chain }: Explanation, citations: Citations): Html | undefined {
  const root = findings.find(({ id }) => id === chain[0]?.finding);
  if (root === undefined) return undefined;
  return section(
    'proof',
    'What proves it',
    root.citations.map(
      (citation) => html`<blockquote>${citations.link(citation, 'proof')}<pre>${citation.quote}</pre></blockquote>\n`,
    ),
  );
}

function chainSection({ chain, findings }: Explanation, citations: Citations): Html | undefined {
  // The root alone is told above.
  if (chain.length < 2) return undefined;
  const cited = new Map(findings.map((finding) => [finding.id, finding.citations]));
  const steps = chain.map(
    (step) =>
      html`<li>${prose(step.summary)}${citations.links(cited.get(step.finding) ?? [], 'cause and effect')}</li>\n`,
  );
  return section('chain', 'Cause and effect', html`<ol class="chain">\n${steps}</ol>`);
}

function changeSection({ change, git }: Explanation, citations: Citations): Html | undefined {
  if (change === undefined && git === undefined) return undefined;
  const told =
    change === undefined
      ? html`<p>${prose(git?.summary ?? '')}</p>`
      : html`<p>${prose(change.summary)} <span class="dim">(${refText(change.object)})</span>${citations.links(change.citations, 'what changed')}</p>`;
  const others = git?.changes.map((other) => html`${prose(other)}`) ?? [];
  return section(
    'change',
    'What changed',
    html`${told}${commitOf(change?.git)}${others.length === 0 ? undefined : html`<p>In the same range:</p>${list(others)}`}`,
  );
}

/** Who brought a change, and where it stands. */
function commitOf(git: GitChange | undefined): Html | undefined {
  if (git === undefined) return undefined;
  const { file, lines, commit } = git;
  const place = lines === undefined ? file : `${file}:${lines.from}`;
  return html`<p class="dim">${place}${
    commit === undefined
      ? undefined
      : html`, commit <code>${commit.id.slice(0, 12)}</code> by ${commit.author}, ${commit.date}: ${commit.subject}`
  }</p>`;
}

/** Proven failures of other objects, each with what to do about it. */
function brokenSection(output: Explanation, citations: Citations): Html | undefined {
  const entries = alsoBroken(output).map(
    ({ kind, summary, remedies, citations: cited }) =>
      html`${prose(summary)} <span class="dim">(<span class="kind">${kind}</span>)</span>${citations.links(cited, 'also broken')}
${remedyGroups(remedies)}`,
  );
  return section('also-broken', 'Also broken, whatever the cause of the above', list(entries), entries.length === 0);
}

function hypothesesSection(output: Explanation, citations: Citations): Html | undefined {
  const entries = alternatives(output).map(
    ({ kind, summary, confidence, by, citations: cited }) =>
      html`${prose(summary)} <span class="dim">(<span class="kind">${kind}</span>, ${Math.round(confidence * 100)} %${by === 'model' ? ', a guess of the model' : ''})</span>${citations.links(cited, 'also possible')}`,
  );
  return section('hypotheses', 'Also possible', list(entries), entries.length === 0);
}

function findingsSection({ findings, chain, hypotheses }: Explanation, citations: Citations): Html | undefined {
  const told = new Set([...chain, ...hypotheses].map(({ summary }) => summary));
  const others = findings.filter(({ summary }) => !told.has(summary));
  const entries = others.map(
    ({ id, kind, summary, citations: cited, symptomOf }) =>
      html`${prose(summary)} <span class="dim">(${id}, <span class="kind">${kind}</span>${symptomOf.length === 0 ? '' : `, a symptom of ${symptomOf.join(', ')}`})</span>${citations.links(cited, 'also found')}`,
  );
  return section('findings', 'Also found', list(entries), entries.length === 0);
}

function redactedSection({ redacted }: Explanation): Html | undefined {
  const entries = redacted.map(({ placeholder, kind, count }) => html`<code>${placeholder}</code> ${kind}, ${count} ×`);
  return section('redacted', 'Replaced secrets', list(entries), entries.length === 0);
}

function foot({ usage }: Explanation): Html {
  const dropped =
    usage.dropped.length === 0 ? undefined : html`<p>Dropped of what the model said:</p>\n${list(usage.dropped)}`;
  return html`<footer><p>${usage.texts} ${usage.texts === 1 ? 'text' : 'texts'}, ${usage.lines} lines, ${usage.items} pieces of evidence; ${MODEL_WORDS[usage.model]}. Made by opsline.</p>
${dropped}</footer>
`;
}

const LINKS: readonly (readonly [id: string, title: string])[] = [
  ['answer', 'Answer'],
  ['chain', 'Cause and effect'],
  ['change', 'What changed'],
  ['remedies', 'What to do'],
  ['also-broken', 'Also broken'],
  ['timeline', 'Timeline'],
  ['evidence', 'Evidence'],
];

/**
 * The explanation as one HTML page, from it alone: everything in it is escaped, and every citation leads to its line of evidence
 * and back. It needs neither network nor script.
 */
export function renderExplanationPage(output: Explanation): string {
  const citations = new Citations(output.evidence);
  const body = html`${head(output)}${proof(output, citations)}${chainSection(output, citations)}${changeSection(output, citations)}${section('remedies', 'What to do next', remedyGroups(output.remedies), output.remedies.length === 0)}${brokenSection(output, citations)}${timelineSection(output, citations)}${hypothesesSection(output, citations)}${findingsSection(output, citations)}${section(
    'ruled-out',
    'Ruled out',
    list(output.ruledOut.map(({ kind, why }) => html`<span class="kind">${kind}</span>: ${prose(why)}`)),
    output.ruledOut.length === 0,
  )}${section('not-seen', 'Not seen', list(output.notSeen.map(prose)), output.notSeen.length === 0)}`;
  const text = body.toString();
  const links = LINKS.filter(([id]) => (id === 'evidence' ? output.evidence.length > 0 : text.includes(`id="${id}"`)));
  const nav = html`<a class="skip" href="#answer">To the answer</a>
<nav aria-label="Parts of the answer"><ul>${links.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
`;
  // Last, when it is known who cites what.
  const evidence = section(
    'evidence',
    'Evidence',
    output.evidence.map((item) => evidenceItem(item, citations)),
    output.evidence.length === 0,
  );
  const title = `${output.verdict}${output.rootCause === undefined ? '' : `: ${output.rootCause.kind}`} – opsline`;
  return page(title, html`${nav}<main>\n${body}${evidence}${redactedSection(output)}</main>\n${foot(output)}`);
}

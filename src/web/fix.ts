import { choiceText } from '../../pipelines/policy-fix/explain.ts';
import { countsOf, enginesOf, headlineOf, plural, titleOf } from '../../pipelines/policy-fix/render.ts';
import type { Decision, FixEdit, FixResource, FixResult, FixViolation } from '../../pipelines/policy-fix/schema.ts';
import { type Html, html, type Part, prose } from './html.ts';
import { page } from './page.ts';

const list = (entries: readonly Part[]): Html => html`<ul>\n${entries.map((entry) => html`<li>${entry}</li>\n`)}</ul>`;

function part(title: string, entries: readonly Part[]): Html | undefined {
  return entries.length === 0 ? undefined : html`<p class="dim">${title}</p>\n${list(entries)}\n`;
}

function violation({ file, line }: FixResource, { policy, rule, message, fixed, ...place }: FixViolation): Html {
  const name = `${policy.kind}/${policy.name}${rule === undefined ? '' : `/${rule}`}`;
  const where = `${place.file ?? file}:${place.line ?? line}`;
  return html`<span class="kind">${name}</span> at <code>${where}</code>${fixed ? undefined : html` <span class="bad">stays</span>`}
<blockquote><pre>${message.trim()}</pre></blockquote>`;
}

function edit({ summary, by, note, changes, does, risk, watch }: FixEdit): Html {
  const model = by === 'model' ? ', drafted by a model' : '';
  return html`${summary} <span class="tag">risk ${risk}${model}</span><br>${does}${note === undefined ? undefined : html` Mind: ${note}.`}
${list([...changes.map((change) => html`<code>${change}</code>`), ...watch.map((sign) => html`watch: ${prose(sign)}`)])}`;
}

function decision({ question, path, choices, unwritten = [] }: Decision): Html {
  const offered = choices.map(
    ({ value, source, diff }) => html`<code>${choiceText(value)}</code> (${source})<pre class="patch">${diff}</pre>`,
  );
  for (const { value, source, why } of unwritten)
    offered.push(html`<code>${choiceText(value)}</code> (${source}; write it yourself: ${why})`);
  return html`${question} <code>${path}</code>${offered.length === 0 ? html`<br>None of the manifests or policies says: set it yourself.` : list(offered)}`;
}

function resource(entry: FixResource): Html {
  const { object, file, line, outcome, kustomization, violations, edits, decisions, afterMerge, reason } = entry;
  const built = kustomization === undefined ? undefined : html`, built by <code>${kustomization}</code>`;
  const bad = outcome === 'cannot-fix' || outcome === 'policy-error' ? 'bad' : 'dim';
  return html`<section><h2>${titleOf(object)} <span class="${bad}">${outcome}</span></h2>
<p><code>${file}:${line}</code>${built}</p>
${part(
  'Why it was denied',
  violations.map((one) => violation(entry, one)),
)}${part('What the patch does', edits.map(edit))}${part('What only you know', decisions.map(decision))}${part('Once it is merged', afterMerge.map(prose))}${reason === undefined ? undefined : html`<p class="bad">${reason}</p>\n`}</section>
`;
}

/** The result as one HTML page, from it alone: everything in it is escaped. It needs neither network nor script. */
export function renderFixPage(result: FixResult): string {
  const { outcome, resources, patches, policyErrors, notes, notJudged, verified } = result;
  const good = (outcome === 'compliant' || outcome === 'fixed') && notJudged.length === 0;
  const denied = resources.filter(({ violations, reason }) => violations.length > 0 || reason !== undefined);
  const { untouched } = countsOf(result);
  const judged =
    verified.engine === '' || outcome === 'not-judged'
      ? 'Nothing was judged.'
      : `Judged by ${enginesOf(verified)}: ${plural(verified.before, 'violation')} before, ${verified.after} after the patch.`;
  const errors = policyErrors.map(
    ({ kind, name, file, message }) => html`<span class="kind">${kind}/${name}</span> ${file}<pre>${message}</pre>`,
  );
  const body = html`<main><header id="answer"><p class="verdict ${good ? 'healthy' : outcome === 'cannot-fix' || outcome === 'policy-error' ? 'failed' : ''}">${outcome}</p>
<h1>${headlineOf(result)}</h1>
<p>${judged}</p>
${untouched === undefined ? undefined : html`<p class="dim">${untouched}</p>\n`}${part('Mind', notes.map(prose))}${part('Broken policies', errors)}</header>
${denied.map(resource)}${patches.map(({ file, diff }) => html`<section><h2>${file}</h2>\n<pre class="patch">${diff}</pre></section>\n`)}</main>
<footer><p>Made by opsline.</p></footer>
`;
  return page(`${outcome}: policy-fix – opsline`, body);
}

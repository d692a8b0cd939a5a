import type { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import { wayOf } from '../../pipelines/deploy-explanation/ways.ts';
import { type Html, html, prose } from './html.ts';

type Remedy = Explanation['remedies'][number];

const RISKS: readonly (readonly [Remedy['risk'], string])[] = [
  ['none', 'Only looks'],
  ['low', 'Changes things, low risk'],
  ['medium', 'Changes things, medium risk'],
  ['high', 'Changes things, high risk'],
];

/** Remedies, the safest first. */
export function remedyGroups(remedies: readonly Remedy[]): Html {
  return html`${RISKS.map(([risk, heading]) => {
    const own = remedies.filter((remedy) => remedy.risk === risk);
    if (own.length === 0) return undefined;
    return html`<h3>${heading}</h3>
${own.map(
  (remedy) => html`<div class="remedy"><span class="tag">${wayOf(remedy)}</span> ${prose(remedy.title)}
${remedy.command === undefined ? undefined : html`<pre class="command">${remedy.command}</pre>`}${remedy.patch === undefined ? undefined : html`<pre class="patch">${remedy.patch}</pre>`}</div>
`,
)}`;
  })}`;
}

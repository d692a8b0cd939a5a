import type { Explanation, Moment } from '../../pipelines/deploy-explanation/schema.ts';
import { momentText, ROLE_LABELS } from '../../pipelines/deploy-explanation/when.ts';
import type { Citations } from './citations.ts';
import { type Html, html } from './html.ts';

function moment(one: Moment, citations: Citations): Html {
  const classes = [one.trouble ? 'trouble' : '', one.role === 'deploy' ? 'deploy' : ''].filter((name) => name !== '');
  const time = one.time === undefined ? momentText(one) : html`<time datetime="${one.time}">${momentText(one)}</time>`;
  const role = one.role === undefined ? undefined : html`<span class="role">${ROLE_LABELS[one.role]}</span>`;
  return html`<li${classes.length === 0 ? '' : html` class="${classes.join(' ')}"`}><span class="time">${time}</span><span>${role}${one.text} ${citations.link(one, 'timeline')}</span></li>
`;
}

/** The timeline: one axis for all that has a time, then what has only an age, then evidence without either. */
export function timelineSection({ timeline, evidence }: Explanation, citations: Citations): Html | undefined {
  if (timeline.length === 0) return undefined;
  const axis = (moments: readonly Moment[]) =>
    html`<ol class="axis">\n${moments.map((one) => moment(one, citations))}</ol>\n`;
  const timed = timeline.filter(({ time }) => time !== undefined);
  const aged = timeline.filter(({ time }) => time === undefined);
  const told = new Set(timeline.map((one) => one.evidence));
  const rest = evidence.filter(({ id }) => !told.has(id));
  return html`<section id="timeline"><h2>Timeline</h2>
${timed.length === 0 ? undefined : axis(timed)}${
  aged.length === 0 ? undefined : html`<h3>Only an age is known: before the output was made</h3>\n${axis(aged)}`
}${
  rest.length === 0
    ? undefined
    : html`<p class="dim">Without a time: ${rest.map((item) => html` <a class="cite" href="#${item.id}">${item.id}</a> ${item.source.name}`)}</p>`
}</section>
`;
}

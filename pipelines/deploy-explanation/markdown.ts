import { refText } from '../../src/evidence/model.ts';
import { visible } from '../../src/visible.ts';
import { escapeText, fence } from '../markdown-text.ts';
import { alsoBroken, alternatives } from './also-broken.ts';
import { kindText } from './kind-text.ts';
import { lookedAt } from './looked.ts';
import type { Explanation } from './schema.ts';
import { wayOf } from './ways.ts';
import { essentials } from './when.ts';

/** The explanation as Markdown, for a ticket or a chat. */
export function renderMarkdown(output: Explanation): string {
  const root = output.rootCause;
  const names = new Map(output.evidence.map((item) => [item.id, item.source.name]));
  const parts: string[] = [
    `## ${output.verdict}${root === undefined ? '' : `: ${kindText(root)}`}`,
    ...(output.fact !== undefined && root !== undefined ? [escapeText(output.fact.summary)] : []),
    escapeText(root?.summary ?? output.summary),
  ];
  if (root !== undefined && output.summary !== root.summary)
    parts.push(`In the model's words: ${escapeText(output.summary)}`);
  if (output.serving !== undefined) parts.push(escapeText(`${output.serving.summary}.`));
  if (root !== undefined)
    parts.push(
      `**Object:** ${escapeText(refText(root.object))} · **confidence** ${Math.round(root.confidence * 100)} %`,
    );
  const looked = lookedAt(output);
  if (looked !== undefined) parts.push(`**Seen in:** ${escapeText(looked)}`);
  const cited = output.findings.find((finding) => finding.id === output.chain[0]?.finding)?.citations ?? [];
  if (cited.length > 0) parts.push('### Evidence');
  for (const { evidence, lines, quote } of cited)
    parts.push(
      `**${evidence}** ${escapeText(names.get(evidence) ?? '')}${lines === undefined ? '' : `, line ${lines.from}`}`,
      fence(quote),
    );
  const list = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) parts.push(`### ${title}`, lines.map((line) => `- ${line}`).join('\n'));
  };
  if (output.chain.length > 1)
    list(
      'What follows from it',
      output.chain.slice(1).map((step) => escapeText(step.summary)),
    );
  list(
    'When',
    essentials(output.timeline).map(({ moment, label, text }) => `${moment} ${label}: ${escapeText(text)}`),
  );
  const changed = output.change?.summary ?? output.git?.summary;
  if (changed !== undefined)
    list('What changed', [changed, ...(output.git?.changes ?? []).map((other) => `also: ${other}`)].map(escapeText));
  list(
    'What to do next',
    output.remedies.map(
      (remedy) =>
        `**${wayOf(remedy)}** ${escapeText(remedy.title)} (${remedy.changes ? `changes things, risk ${remedy.risk}` : 'only looks'})${remedy.command === undefined ? '' : `\n\n  ${fence(remedy.command).replaceAll('\n', '\n  ')}`}${remedy.patch === undefined ? '' : `\n\n  ${fence(remedy.patch.trimEnd()).replaceAll('\n', '\n  ')}`}`,
    ),
  );
  list(
    'Also broken, whatever the cause of the above',
    alsoBroken(output).map((finding) => escapeText(finding.summary)),
  );
  list(
    'Also possible',
    alternatives(output).map((hypothesis) => escapeText(hypothesis.summary)),
  );
  list(
    'Ruled out',
    output.ruledOut.map(({ kind, why }) => `${kind}: ${escapeText(why)}`),
  );
  list('Not seen', output.notSeen.map(escapeText));
  return visible(`${parts.join('\n\n')}\n`);
}

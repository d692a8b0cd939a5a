import { createColors } from 'picocolors';
import { refText } from '../../src/evidence/model.ts';
import { visible, visibleBesideColours } from '../../src/visible.ts';
import { alsoBroken, alternatives } from './also-broken.ts';
import { excerpt } from './excerpt.ts';
import { kindText } from './kind-text.ts';
import { lookedAt } from './looked.ts';
import type { Explanation } from './schema.ts';
import { wayOf } from './ways.ts';
import { essentials } from './when.ts';

const WIDTH = 110;
/** What is shown of a line that is cited alone, in characters: all that proves it stands there. */
const ALONE = 400;

/** Breaks text at spaces; lines after the first are indented. */
function wrap(text: string, indent: string, width = WIDTH): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length + 1 > width - indent.length) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${indent}`);
}

function percent(confidence: number): string {
  return `${Math.round(confidence * 100)} %`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The explanation as an engineer on call wants to read it in a terminal. */
export function renderExplanation(output: Explanation, { color }: { color: boolean }): string {
  const c = createColors(color);
  const names = new Map(output.evidence.map((item) => [item.id, item.source.name]));
  const out: string[] = [];
  const title = (text: string) => out.push('', c.bold(text));
  const bad = output.verdict === 'failed' || output.verdict === 'degraded';
  const paint = output.verdict === 'healthy' ? c.green : output.verdict === 'failed' ? c.red : c.yellow;
  const root = output.rootCause;
  out.push(
    `${paint(c.bold(output.verdict.toUpperCase()))}${root === undefined ? '' : `  ${c.bold(kindText(root))}  ${c.dim(`${output.stage}, confidence ${percent(root.confidence)}`)}`}`,
  );
  if (output.fact !== undefined && root !== undefined) out.push(wrap(visible(output.fact.summary), ''));
  // The rules' sentence comes first: it names what to change. A model's words only say it in another way.
  out.push(wrap(visible(root?.summary ?? output.summary), ''));
  if (root !== undefined) {
    if (output.summary !== root.summary) out.push(c.dim(wrap(visible(`In the model's words: ${output.summary}`), '')));
    // What the sentence names already is not said again.
    if (!root.summary.includes(refText(root.object))) out.push(`${c.dim('Object  ')}${visible(refText(root.object))}`);
  }
  const looked = lookedAt(output);
  if (looked !== undefined) out.push(`${c.dim('Seen in ')}${visible(looked)}`);
  if (output.serving !== undefined) out.push(wrap(visible(`${output.serving.summary}.`), ''));
  const first = output.chain[0];
  const cited = output.findings.find((finding) => finding.id === first?.finding)?.citations ?? [];
  const shown = bad
    ? cited
    : output.evidence
        .flatMap((item) =>
          item.text.length < 400
            ? [{ evidence: item.id, lines: item.lines, quote: item.text.split('\n')[0] ?? '' }]
            : [],
        )
        .slice(0, 3);
  if (shown.length > 0) {
    title('Evidence');
    for (const { evidence, lines, quote } of shown) {
      out.push(
        `  ${c.cyan(evidence)} ${c.dim(`${names.get(evidence) ?? ''}${lines === undefined ? '' : `:${lines.from}`}`)}`,
      );
      for (const line of quote.split('\n').slice(0, 4))
        out.push(`      ${visible(excerpt(line, first?.summary ?? '', shown.length === 1 ? ALONE : undefined))}`);
    }
  }
  if (output.chain.length > 1) {
    title('What follows from it');
    for (const step of output.chain.slice(1)) out.push(`  ↳ ${wrap(visible(step.summary), '    ')}`);
  }
  const when = essentials(output.timeline);
  if (when.length > 0) title('When');
  for (const { moment, label, text } of when) out.push(`  ${moment}  ${c.dim(label)}  ${wrap(visible(text), '    ')}`);
  if (output.change !== undefined) {
    title('What changed');
    out.push(`  ${wrap(visible(output.change.summary), '  ')} ${c.dim(`(${refText(output.change.object)})`)}`);
  } else if (output.git !== undefined) {
    title('What changed');
    out.push(`  ${wrap(visible(output.git.summary), '  ')}`);
  }
  for (const other of output.git?.changes ?? []) out.push(c.dim(`  also: ${wrap(visible(other), '    ')}`));
  if (output.remedies.length > 0) {
    title('What to do next');
    for (const remedy of output.remedies) {
      const mark = remedy.changes ? c.yellow(`changes things, risk ${remedy.risk}`) : c.green('only looks');
      out.push(
        `  - ${c.dim(`[${wayOf(remedy)}]`)} ${wrap(visible(remedy.title), '    ')} ${c.dim('(')}${mark}${c.dim(')')}`,
      );
      if (remedy.command !== undefined) out.push(`      ${c.cyan(`$ ${visible(remedy.command)}`)}`);
      for (const line of remedy.patch?.trimEnd().split('\n') ?? []) out.push(`      ${c.dim(visible(line.trimEnd()))}`);
    }
  }
  const broken = alsoBroken(output);
  if (broken.length > 0) {
    title('Also broken, whatever the cause of the above');
    for (const { kind, summary, remedies } of broken) {
      out.push(`  - ${wrap(visible(summary), '    ')} ${c.dim(`(${kind})`)}`);
      for (const { command } of remedies)
        if (command !== undefined) out.push(`      ${c.cyan(`$ ${visible(command)}`)}`);
    }
  }
  const others = alternatives(output);
  if (others.length > 0) {
    title('Also possible');
    for (const { kind, summary, confidence, by } of others)
      out.push(
        `  - ${wrap(visible(summary), '    ')} ${c.dim(`(${kind}, ${percent(confidence)}${by === 'model' ? ', a guess of the model' : ''})`)}`,
      );
  }
  if (output.ruledOut.length > 0) {
    title('Ruled out');
    for (const { kind, why } of output.ruledOut) out.push(`  - ${kind}: ${wrap(visible(why), '    ')}`);
  }
  if (output.notSeen.length > 0) {
    title('Not seen');
    for (const what of output.notSeen) out.push(`  - ${wrap(visible(what), '    ')}`);
  }
  const masked = output.redacted.reduce((sum, entry) => sum + entry.count, 0);
  const words =
    output.usage.model === 'used'
      ? 'rules, worded by a model'
      : output.usage.model === 'rejected'
        ? 'rules; what the model said did not hold'
        : 'rules';
  out.push(
    '',
    c.dim(
      `${counted(output.usage.texts, 'text')}, ${counted(output.usage.lines, 'line')}; ${words}${masked === 0 ? '' : `; ${counted(masked, 'secret')} replaced`}`,
    ),
  );
  return visibleBesideColours(`${out.join('\n')}\n`);
}

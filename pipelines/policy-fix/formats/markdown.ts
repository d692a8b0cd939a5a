import { codeSpan, escapeText, fence } from '../../markdown-text.ts';
import { choiceText } from '../explain.ts';
import { countsOf, enginesOf, headlineOf, judgedNothing, plural, titleOf } from '../render.ts';
import type { Decision, FixEdit, FixResource, FixResult, FixViolation } from '../schema.ts';

/** A block as it stands inside an item of a list. */
const inItem = (block: string): string => block.replaceAll('\n', '\n  ');

function violation(
  file: string,
  line: number,
  { policy, rule, message, file: other, line: own, fixed, enforcement }: FixViolation,
): string {
  const name = `${policy.kind}/${policy.name}${rule === undefined ? '' : `/${rule}`}`;
  const where = codeSpan(`${other ?? file}:${own ?? line}`);
  return `- ${codeSpan(name)} at ${where}${fixed ? '' : ' (stays)'}${enforcement === undefined ? '' : ` (${escapeText(enforcement)})`} says:\n\n  ${inItem(fence(message.trim()))}`;
}

function edit({ summary, by, note, changes, does, risk, watch }: FixEdit): string {
  const told = [does, ...(note === undefined ? [] : [`Mind: ${escapeText(note)}.`])].filter((text) => text !== '');
  const lines = [
    `- ${codeSpan(summary)}${by === 'model' ? ' (drafted by a model, accepted by the engine)' : ''}, risk **${risk}**. ${told.join(' ')}`.trimEnd(),
    ...changes.map((change) => `  - ${codeSpan(change)}`),
    ...watch.map((sign) => `  - watch: ${escapeText(sign)}`),
  ];
  return lines.join('\n');
}

function decision({ question, path, choices, unwritten = [] }: Decision): string {
  const offered = choices.map(({ value, source }) => `  - ${codeSpan(choiceText(value))} (${codeSpan(source)})`);
  for (const { value, source, why } of unwritten)
    offered.push(`  - ${codeSpan(choiceText(value))} (${codeSpan(source)}; write it yourself: ${codeSpan(why)})`);
  const none = '  - none of the manifests or policies says: set it yourself';
  return [`- ${codeSpan(question)} at ${codeSpan(path)}`, ...(offered.length > 0 ? offered : [none])].join('\n');
}

function resource(entry: FixResource): string {
  const { object, file, line, outcome, violations, edits, decisions, afterMerge, reason } = entry;
  const { kustomization } = entry;
  const parts = [`### ${codeSpan(titleOf(object))}: ${outcome}`];
  if (kustomization !== undefined) parts.push(`Built by ${codeSpan(kustomization)}.`);
  const list = (title: string, items: readonly string[]): void => {
    if (items.length > 0) parts.push(`**${title}**`, items.join('\n'));
  };
  list(
    'Why it was denied',
    violations.map((one) => violation(file, line, one)),
  );
  list('What the patch does', edits.map(edit));
  list('What only you know', decisions.map(decision));
  list(
    'Once it is merged',
    afterMerge.map((text) => `- ${escapeText(text)}`),
  );
  if (reason !== undefined) list('Why not more', [fence(reason)]);
  return parts.join('\n\n');
}

/** The head of the result in one sentence. */
function verdict(result: FixResult): string {
  const { verified, outcome } = result;
  if (verified.engine === '' || outcome === 'not-judged' || judgedNothing(result)) return 'Nothing was judged.';
  return `Judged by ${escapeText(enginesOf(verified))}: ${plural(verified.before, 'violation')} before, ${verified.after} after the patch.`;
}

/**
 * The result as Markdown, for a pull request, a ticket or a chat. What comes from manifests and policies stands in code spans and
 * fences alone, where it can be neither markup nor a mention. `limit`: characters; parts that do not fit are counted, not cut.
 */
export function renderFixMarkdown(result: FixResult, { limit = Number.POSITIVE_INFINITY } = {}): string {
  const { resources, patches, policyErrors, notes } = result;
  const denied = resources.filter(({ violations, reason }) => violations.length > 0 || reason !== undefined);
  const { compliant, untouched } = countsOf(result);
  const head = [
    `## ${headlineOf(result)}`,
    verdict(result),
    ...(compliant > 0 ? [`${plural(compliant, 'object')} already compliant.`] : []),
    ...(untouched === undefined ? [] : [codeSpan(untouched)]),
  ];
  const parts = [
    ...policyErrors.map(
      ({ kind, name, file, message }) =>
        `### ${codeSpan(`${kind}/${name}`)}: policy-error${file === undefined ? '' : `\n\n${codeSpan(file)}`}\n\n${fence(message.trim())}`,
    ),
    ...denied.map(resource),
    ...(notes.length === 0 ? [] : [`### Mind\n\n${notes.map((note) => `- ${codeSpan(note)}`).join('\n')}`]),
    ...patches.map(({ file, diff }) => `### ${codeSpan(file)}\n\n${fence(diff.trimEnd(), 'diff')}`),
  ];
  const text: string[] = [...head];
  let length = text.join('\n\n').length;
  // Room for the sentence that counts what does not fit.
  const most = limit - 200;
  for (const [i, part] of parts.entries()) {
    if (length + part.length + 2 > most) {
      text.push(`${plural(parts.length - i, 'more part')} would not fit here: run \`opsline fix\` to see them.`);
      break;
    }
    text.push(part);
    length += part.length + 2;
  }
  return `${text.join('\n\n')}\n`;
}

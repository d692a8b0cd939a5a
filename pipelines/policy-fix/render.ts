import picocolors from 'picocolors';
import { choiceText } from './explain.ts';
import { editText } from './formats/answers.ts';
import type { Decision, FixResource, FixResult } from './schema.ts';

const { createColors } = picocolors;
type Colors = ReturnType<typeof createColors>;

const HEADLINES: Readonly<Record<FixResult['outcome'], string>> = {
  compliant: 'Nothing to fix',
  'not-judged': 'Nothing was judged',
  fixed: 'Fixed',
  'needs-decision': 'Needs a decision',
  'cannot-fix': 'Cannot be fixed by an edit alone',
  'policy-error': 'A policy is broken',
};

/** What became of it in a line: where something was not judged it is no whole green, and that stands there. */
export function headlineOf({ outcome, notJudged }: FixResult): string {
  const count = notJudged.length;
  if (count === 0 || outcome === 'not-judged') return HEADLINES[outcome];
  return `${HEADLINES[outcome]}${outcome === 'compliant' ? ' in what was judged' : ''}, and ${count} not judged`;
}

/** Control characters of manifests and policies never reach a terminal as such. */
export const clean = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');

export const plural = (count: number, word: string, several = `${word}s`): string =>
  `${count} ${count === 1 ? word : several}`;

/** What Kyverno judges by besides its own policies: the version is Kyverno's. */
const BY_KYVERNO = new Set(['vap', 'pss']);

/** `gatekeeper 3.23.1 and vap (kyverno 1.19.1)` */
export function enginesOf({ engine, version }: FixResult['verified']): string {
  const versions = version.split('+');
  return engine
    .split('+')
    .map((name, i) =>
      BY_KYVERNO.has(name) ? `${name} (kyverno ${versions[i] ?? ''})` : `${name} ${versions[i] ?? ''}`.trim(),
    )
    .join(' and ');
}

/** Whether broken policies kept every engine from judging. */
export const judgedNothing = ({ outcome, resources, verified }: FixResult): boolean =>
  outcome === 'policy-error' &&
  verified.before === 0 &&
  resources.every((resource) => resource.outcome === 'policy-error');

/** How many objects the policies found good, and of how many they say nothing, in words with the kinds. */
export function countsOf({ resources }: FixResult): { readonly compliant: number; readonly untouched?: string } {
  const good = resources.filter(({ outcome }) => outcome === 'compliant');
  const free = good.filter(({ applies }) => applies === false);
  if (free.length === 0) return { compliant: good.length };
  const kinds = [...new Set(free.map(({ object }) => object.kind))].sort();
  const shown = `${kinds.slice(0, 5).join(', ')}${kinds.length > 5 ? `, and ${kinds.length - 5} more kinds` : ''}`;
  return {
    compliant: good.length - free.length,
    untouched: `no policy applies to ${plural(free.length, 'object')} (${shown}): not judged, and not found good`,
  };
}

/** `payments/Deployment/web` */
export function titleOf({ namespace, kind, name }: FixResource['object']): string {
  return [namespace, kind, name].filter(Boolean).join('/');
}

function tint(outcome: FixResult['outcome'], colors: Colors): (text: string) => string {
  if (outcome === 'compliant' || outcome === 'fixed') return colors.green;
  return outcome === 'needs-decision' || outcome === 'not-judged' ? colors.yellow : colors.red;
}

function indented(text: string, by: string): string {
  return clean(text).trim().split(/\r?\n/).join(`\n${by}`);
}

function renderDiff(diff: string, colors: Colors): string[] {
  return diff
    .replace(/\n$/, '')
    .split('\n')
    .filter((line) => !line.startsWith('diff --git '))
    .map((raw) => {
      const line = clean(raw.replace(/\r$/, ''));
      if (/^(---|\+\+\+) /.test(line)) return colors.bold(line);
      if (line.startsWith('@@')) return colors.cyan(line);
      if (line.startsWith('+')) return colors.green(line);
      return line.startsWith('-') ? colors.red(line) : line;
    });
}

function renderDecision({ question, path, choices, unwritten = [] }: Decision, colors: Colors): string[] {
  const lines = [`  ${colors.yellow('?')} ${clean(question)} ${colors.dim(clean(path))}`];
  if (choices.length + unwritten.length === 0)
    lines.push(`      ${colors.dim('none of the manifests or policies says: set it yourself')}`);
  for (const { value, source } of choices) {
    lines.push(`      - ${clean(choiceText(value))} ${colors.dim(`(${clean(source)})`)}`);
  }
  for (const { value, source, why } of unwritten) {
    const told = colors.dim(`(${clean(source)}; write it yourself: ${clean(why)})`);
    lines.push(`      - ${clean(choiceText(value))} ${told}`);
  }
  return lines;
}

function renderResource(resource: FixResource, colors: Colors): string[] {
  const { object, file, outcome } = resource;
  const lines = [
    `${tint(outcome, colors)(outcome)} ${colors.bold(clean(titleOf(object)))} ${colors.dim(`${clean(file)}:${resource.line}${resource.kustomization === undefined ? '' : `, built by ${clean(resource.kustomization)}`}`)}`,
  ];
  for (const { policy, rule, message, file: own, line, fixed, enforcement } of resource.violations) {
    const mark = fixed ? colors.green('✓') : colors.red('✗');
    const where = colors.dim(
      `${clean(policy.name)}${rule ? `/${clean(rule)}` : ''}, ${clean(own ?? file)}:${line ?? resource.line}`,
    );
    lines.push(`  ${mark} ${indented(message, '    ')}`, `    ${where}`);
    if (enforcement !== undefined) lines.push(`    ${colors.yellow(clean(enforcement))}`);
  }
  for (const edit of resource.edits) {
    const { note, by, risk, watch } = edit;
    const told = colors.dim(` (risk ${risk})${by === 'model' ? ' [model]' : ''}${note ? `; ${clean(note)}` : ''}`);
    lines.push(`  ${colors.cyan('→')} ${clean(editText(edit))}${told}`);
    for (const sign of watch) lines.push(`      ${colors.dim(`watch: ${clean(sign)}`)}`);
  }
  for (const decision of resource.decisions) lines.push(...renderDecision(decision, colors));
  for (const text of resource.afterMerge) lines.push(`  ${colors.dim(`once merged: ${clean(text)}`)}`);
  if (resource.reason) lines.push(`  ${colors.red('!')} ${indented(resource.reason, '    ')}`);
  return lines;
}

/** By which of Kubernetes' schemas edits were checked; a warning where they were not. */
function renderSchema(schema: FixResult['verified']['schema'], colors: Colors): string[] {
  if (!schema) return [];
  if (!schema.checked)
    return [
      colors.yellow(
        "no edit was checked against Kubernetes' schemas: kubeconform is not there (opsline doctor --build kubeconform)",
      ),
    ];
  const { kubernetes, unchecked } = schema;
  const besides = [...(unchecked.length > 0 ? [`no schema for ${unchecked.map(clean).join(', ')}`] : [])];
  return [
    colors.dim(
      `edits checked against the schemas of Kubernetes ${clean(kubernetes)}${besides.map((text) => `; ${text}`).join('')}`,
    ),
  ];
}

const MOST_SHOWN = 5;

/** Which objects Kubernetes itself would refuse as they were given, and why. */
function renderInvalid(schema: FixResult['verified']['schema'], colors: Colors): string[] {
  const { invalid = 0, invalidObjects = [] } = schema ?? {};
  const lines = invalidObjects.slice(0, MOST_SHOWN).flatMap(({ object, file, errors }) => {
    const [first] = errors;
    const where = `${clean(titleOf(object))} ${clean(first?.file ?? file)}${first?.line === undefined ? '' : `:${first.line}`}`;
    return [`invalid as given: ${where}: ${errors.map(({ message }) => clean(message)).join('; ')}`];
  });
  const more = invalid - lines.length;
  return [...lines, ...(more > 0 ? [`${plural(more, 'more object')} invalid as given`] : [])].map(colors.yellow);
}

/**
 * The result for a terminal: the outcome, per object what was denied in the policy's words with file and line, what the
 * edits do, open questions with their choices, the diffs, and who verified it.
 */
export function renderFix(output: FixResult, { color }: { color: boolean }): string {
  const colors = createColors(color);
  const { resources, patches, verified, policyErrors, outcome } = output;
  const denied = resources.filter((resource) => !['compliant', 'not-judged'].includes(resource.outcome));
  const { compliant, untouched } = countsOf(output);
  const shade = output.notJudged.length > 0 && outcome !== 'policy-error' ? 'needs-decision' : outcome;
  const lines = [tint(shade, colors)(colors.bold(headlineOf(output))), ''];
  for (const { kind, name, file, message } of policyErrors) {
    lines.push(
      `${colors.red('policy-error')} ${colors.bold(clean(`${kind}/${name}`))} ${colors.dim(clean(file ?? ''))}`,
      `  ${indented(message, '  ')}`,
      '',
    );
  }
  if (!judgedNothing(output)) {
    for (const resource of denied) lines.push(...renderResource(resource, colors), '');
  }
  for (const { diff } of patches) lines.push(...renderDiff(diff, colors), '');
  for (const note of output.notes) lines.push(colors.yellow(`mind: ${clean(note)}`));
  const unjudged = resources.filter((resource) => resource.outcome === 'not-judged').length;
  if (outcome === 'policy-error' && unjudged > 0)
    lines.push(
      colors.yellow(
        `${plural(unjudged, 'object')} not judged by all engines: nothing else denies ${unjudged === 1 ? 'it' : 'them'}`,
      ),
    );
  if (compliant > 0) lines.push(colors.dim(`${plural(compliant, 'object')} already compliant`));
  if (untouched !== undefined) lines.push(colors.yellow(clean(untouched)));
  const by = enginesOf(verified);
  if (outcome === 'not-judged') lines.push(by === '' ? 'nothing judged' : `nothing judged by ${by}`);
  else if (judgedNothing(output))
    lines.push(
      `nothing judged: ${verified.engine === '' ? 'no policy can be read' : `${by} needs policies that are whole`}`,
    );
  else lines.push(`verified by ${by}: ${plural(verified.before, 'violation')} before, ${verified.after} after`);
  if (!judgedNothing(output) && denied.length > 0) lines.push(...renderSchema(verified.schema, colors));
  lines.push(...renderInvalid(verified.schema, colors));
  if (verified.isolated === false)
    lines.push(colors.yellow('the engine had the network of this machine: the system does not permit to take it away'));
  return `${lines.join('\n')}\n`;
}

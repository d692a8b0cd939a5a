import { titleOf } from '../render.ts';
import type { FixResource, FixResult, FixViolation } from '../schema.ts';
import { answersTo, editText } from './answers.ts';

/** The text of a workflow command, as GitHub's own toolkit escapes it: a line break would end it and could begin another. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

/** The value of a property of a workflow command. */
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function command(
  name: 'error' | 'warning',
  properties: Readonly<Record<string, string | number | undefined>>,
  message: string,
): string {
  const given = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${property(String(value))}`],
  );
  return `::${name} ${given.join(',')}::${data(message)}`;
}

function answer(resource: FixResource, violation: FixViolation): string | undefined {
  const { edits, decisions } = answersTo(resource, violation);
  if (edits.length > 0) return `opsline fix: ${edits.map(editText).join('; ')}`;
  return decisions.length === 0 ? resource.reason : `To decide: ${decisions.map(({ question }) => question).join(' ')}`;
}

/** One `::error` command for each violation and each broken policy, `::warning` for what a cluster would admit and for what was not judged: GitHub Actions shows them beside the lines. */
export function renderAnnotations({ resources, policyErrors, notJudged }: FixResult): string {
  const lines = [
    ...policyErrors.map(({ kind, name, file, message }) =>
      command('error', { file, title: `policy-error: ${kind}/${name}` }, message),
    ),
    ...resources.flatMap((resource) =>
      resource.violations.map((violation) => {
        const { policy, rule, message, file, line, column, enforcement } = violation;
        const words = [`${titleOf(resource.object)}: ${message.trim()}`, enforcement, answer(resource, violation)];
        return command(
          enforcement === undefined ? 'error' : 'warning',
          {
            file: file ?? resource.file,
            line: line ?? resource.line,
            col: column,
            title: `${policy.name}${rule === undefined ? '' : `/${rule}`}`,
          },
          words.filter((text) => text !== undefined).join('\n'),
        );
      }),
    ),
    // One for all: a workflow shows few.
    ...(notJudged.length === 0
      ? []
      : [command('warning', { title: `opsline fix: ${notJudged.length} not judged` }, notJudged.join('\n'))]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

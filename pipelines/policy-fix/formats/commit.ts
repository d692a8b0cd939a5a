import { enginesOf, plural, titleOf } from '../render.ts';
import type { FixResource, FixResult } from '../schema.ts';

const MOST = 40;

/**
 * One line in which nothing means anything to a Git host: no mention, and no reference to an issue that a merge would close.
 */
function said(text: string, length = 300): string {
  const line = text.replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]+/g, ' ').trim();
  const quiet = line
    .replace(/(^|[^\w])@(?=[A-Za-z0-9])/g, '$1@ ')
    .replace(/#(?=\d)/g, '# ')
    .replace(/\bGH-(?=\d)/gi, 'GH- ')
    .replace(/\/(issues|pull)\/(?=\d)/gi, '/$1/ ');
  return quiet.length > length ? `${quiet.slice(0, length - 1)}…` : quiet;
}

const policiesOf = (resources: readonly FixResource[]): string[] => [
  ...new Set(
    resources.flatMap(({ violations }) => violations.filter(({ fixed }) => fixed).map(({ policy }) => policy.name)),
  ),
];

/** `a`, `a and b`, `a and 2 more`. */
function some(names: readonly string[]): string {
  const [first = 'the policies', second, third] = names;
  if (second === undefined) return first;
  return third === undefined ? `${first} and ${second}` : `${first} and ${names.length - 1} more`;
}

/** A subject that fits 72 characters: what for, and in which file, as far as there is room. */
function subjectOf(file: string, resources: readonly FixResource[]): string {
  const what =
    resources.length === 1 && resources[0] ? said(resources[0].object.name, 63) : (file.split('/').at(-1) ?? file);
  const full = `Make ${what} satisfy ${said(some(policiesOf(resources)))}`;
  return full.length <= 72 ? full : `${full.slice(0, 71)}…`;
}

function about(resource: FixResource): string[] {
  const { object, violations, edits, decisions } = resource;
  const fixed = violations.filter((violation) => violation.fixed);
  const open = violations.filter((violation) => !violation.fixed);
  return [
    `${said(titleOf(object))} was denied:`,
    ...fixed.map(({ policy, message }) => `- ${said(policy.name)}: ${said(message)}`),
    '',
    'The change:',
    ...edits.map(({ summary, risk }) => `- ${said(summary)} (risk: ${risk})`),
    ...watchOf(edits.flatMap(({ watch }) => watch)),
    ...(open.length === 0
      ? []
      : [
          '',
          'Still denied:',
          ...open.map(({ policy, message }) => `- ${said(policy.name)}: ${said(message)}`),
          ...decisions.map(({ question }) => `- to decide: ${said(question)}`),
        ]),
  ];
}

function watchOf(signs: readonly string[]): string[] {
  const unique = [...new Set(signs)];
  return unique.length === 0 ? [] : ['', 'Once merged, watch for:', ...unique.map((sign) => `- ${said(sign)}`)];
}

/** The message of the commit that mends one file: what was denied in the policies' words, what changes, its risk, who verified it. */
export function commitMessage(result: FixResult, file: string): string {
  const resources = result.resources.filter(({ patched }) => patched.includes(file));
  const shown = resources.slice(0, MOST);
  const { verified } = result;
  return [
    subjectOf(file, resources),
    ...shown.flatMap((resource) => ['', ...about(resource)]),
    ...(resources.length > MOST ? ['', `And ${plural(resources.length - MOST, 'more object')}.`] : []),
    '',
    `Verified by ${enginesOf(verified)}, all files together: ${plural(verified.before, 'violation')} before, ${verified.after} after.`,
  ].join('\n');
}

/** The title of a pull request. */
export function pullRequestTitle(result: FixResult): string {
  const mended = result.resources.filter(({ patched }) => patched.length > 0);
  const names = policiesOf(mended);
  const what = mended.length === 1 && mended[0] ? said(mended[0].object.name, 63) : plural(mended.length, 'object');
  return said(`Make ${what} satisfy ${some(names)}`, 120);
}

import { digest } from '../../../src/digest.ts';
import { titleOf } from '../render.ts';
import type { FixResource, FixResult, FixViolation } from '../schema.ts';
import { answersTo } from './answers.ts';
import { type Replacement, replacementsOf } from './replacements.ts';

/** A relative file name as a URI reference. */
const uriOf = (file: string): string => file.split('/').map(encodeURIComponent).join('/');

/** A message in which nothing is a link (SARIF 2.1.0, section 3.11.6). */
const plain = (text: string): string => text.trim().replaceAll('](', '] (');

const artifact = (file: string) => ({ uri: uriOf(file), uriBaseId: 'SRCROOT' });

interface Rule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly defaultConfiguration: { readonly level: 'error' };
  readonly properties: Readonly<Record<string, string>>;
}

function ruleOf({ engine, policy, rule }: FixViolation): Rule {
  const { kind, name, file } = policy;
  return {
    id: [engine, kind, name, ...(rule === undefined ? [] : [rule])].join('/'),
    shortDescription: { text: plain(`${kind} ${name}${rule === undefined ? '' : `, rule ${rule}`} (${engine})`) },
    defaultConfiguration: { level: 'error' },
    properties: { engine, ...(file === undefined ? {} : { policyFile: file }) },
  };
}

/** The replacements of a file that belong to the object whose document begins at `line`. */
function ownOf(replacements: readonly Replacement[], line: number, starts: readonly number[]): Replacement[] {
  const next = starts.find((start) => start > line) ?? Number.POSITIVE_INFINITY;
  return replacements.filter(({ deletedRegion: { startLine } }) => startLine >= line && startLine < next);
}

/**
 * The result as a SARIF 2.1.0 log: one rule for each violated rule of a policy, one result for each violation, with its place and
 * the fix of its object. Fixes are of the files as given; those of one file can be applied together.
 */
export function sarifOf(result: FixResult): object {
  const rules = new Map<string, Rule>();
  const changes = new Map(result.patches.map(({ file, diff }) => [file, replacementsOf(diff)]));
  const starts = Map.groupBy(result.resources, ({ file }) => file);
  const fixOf = ({ file, line, patched, edits, kustomization }: FixResource) => {
    const lines = (starts.get(file) ?? []).map((other) => other.line).sort((a, b) => a - b);
    const artifactChanges = patched.flatMap((name) => {
      const all = changes.get(name) ?? [];
      const own = name === file && kustomization === undefined ? ownOf(all, line, lines) : all;
      return own.length === 0 ? [] : [{ artifactLocation: artifact(name), replacements: own }];
    });
    const text = plain(edits.map(({ summary, risk }) => `${summary} (risk ${risk})`).join('; '));
    return artifactChanges.length === 0 ? [] : [{ description: { text }, artifactChanges }];
  };
  const results = result.resources.flatMap((resource) => {
    const fixes = fixOf(resource);
    return resource.violations.map((violation) => {
      const rule = ruleOf(violation);
      if (!rules.has(rule.id)) rules.set(rule.id, rule);
      const title = titleOf(resource.object);
      const told = violation.enforcement === undefined ? [] : [violation.enforcement];
      const questions = answersTo(resource, violation).decisions.map(({ question }) => question);
      return {
        ruleId: rule.id,
        ruleIndex: [...rules.keys()].indexOf(rule.id),
        level: violation.enforcement === undefined ? 'error' : 'warning',
        message: { text: plain([`${title}: ${violation.message.trim()}`, ...told, ...questions].join('\n')) },
        locations: [
          {
            physicalLocation: {
              artifactLocation: artifact(violation.file ?? resource.file),
              region: {
                startLine: violation.line ?? resource.line,
                ...(violation.column === undefined ? {} : { startColumn: violation.column }),
              },
            },
            logicalLocations: [
              { name: resource.object.name, fullyQualifiedName: `${title}${violation.path ?? ''}`, kind: 'resource' },
            ],
          },
        ],
        partialFingerprints: {
          'opslineViolation/v1': digest({ rule: rule.id, object: title, path: violation.path ?? '' }),
        },
        ...(violation.fixed && fixes.length > 0 ? { fixes } : {}),
      };
    });
  });
  const problems = result.policyErrors.map(({ kind, name, file, message }) => ({
    level: 'error',
    message: { text: plain(`${kind}/${name}: ${message}`) },
    ...(file === undefined ? {} : { locations: [{ physicalLocation: { artifactLocation: artifact(file) } }] }),
  }));
  const unjudged = result.notJudged.map((note) => ({ level: 'warning', message: { text: plain(note) } }));
  const told = [...problems, ...unjudged];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'opsline policy-fix', rules: [...rules.values()] } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The folder that opsline fix ran in' } } },
        results,
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            ...(told.length === 0 ? {} : { toolExecutionNotifications: told }),
          },
        ],
      },
    ],
  };
}

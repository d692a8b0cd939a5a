import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { Output, OutputLine } from '../../../../src/evidence/outputs.ts';
import { type Diagnostic, parseDiagnostics } from '../../../../src/evidence/parse/terraform.ts';
import type { Remedy } from '../../schema.ts';
import type { Draft } from '../analyzer.ts';
import { citeOutput, type OutputKind, type Sighted, wholeOutput } from '../output-analyzer.ts';
import { lackingAfter } from './planned.ts';

/** A kind that the text of one Terraform error decides. Of several kinds that fit, the first in the list has it. */
export interface DiagnosticKind {
  readonly kind: string;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly patterns: readonly RegExp[];
  readonly except?: RegExp;
  readonly confidence: number;
  readonly says: (match: RegExpExecArray, diagnostic: Diagnostic) => string;
  /** What a person must change; by default the resource, or where there is none the file. */
  readonly object?: (match: RegExpExecArray, diagnostic: Diagnostic) => ObjectRef | undefined;
  readonly remedies: (match: RegExpExecArray, diagnostic: Diagnostic) => readonly Remedy[];
  /** Further lines of the error to cite. */
  readonly also?: RegExp;
  /** What cannot be the cause, because the run came this far. */
  readonly rulesOut?: Draft['rulesOut'];
}

/** The file and line of an error, as the object to change. */
export function configurationAt({ file, line }: Diagnostic): ObjectRef | undefined {
  if (file === undefined) return undefined;
  return { kind: 'File', name: file, ...(line === undefined ? {} : { path: `line ${line}` }) };
}

function resourceAt(diagnostic: Diagnostic): ObjectRef | undefined {
  const { address, file, line, object } = diagnostic;
  if (object !== undefined) return object;
  if (address === undefined || address.startsWith('provider[')) return configurationAt(diagnostic);
  return { kind: 'TerraformResource', name: address, ...(file === undefined ? {} : { path: `${file} line ${line}` }) };
}

function matchOf(definition: DiagnosticKind, { text }: Diagnostic): RegExpExecArray | undefined {
  if (definition.except?.test(text) ?? false) return undefined;
  for (const pattern of definition.patterns) {
    const match = pattern.exec(text.slice(0, 6000));
    if (match !== null) return match;
  }
  return undefined;
}

const WORDS = 8;

/** The line of the error's body in which the match stands, where that is not its first. Lines wrap, so words are tried. */
function bodyLine(output: Output, { at, end }: Diagnostic, match: RegExpExecArray): OutputLine | undefined {
  const words = match[0].split(/\s+/).slice(0, WORDS);
  for (let count = words.length; count > 1; count--) {
    const needle = words.slice(0, count).join(' ');
    const line = output.lines.slice(at, end).find(({ text }) => text.includes(needle));
    if (line !== undefined && needle.length > 6) return line === output.lines[at] ? undefined : line;
  }
  return undefined;
}

function draft(output: Output, definition: DiagnosticKind, diagnostic: Diagnostic, match: RegExpExecArray): Sighted {
  const { at, end } = diagnostic;
  const body = output.lines.slice(at, end);
  const involved = resourceAt(diagnostic);
  return {
    at,
    draft: {
      object: definition.object?.(match, diagnostic) ?? involved ?? wholeOutput(output),
      summary: definition.says(match, diagnostic),
      confidence: definition.confidence,
      severity: 'failed',
      citations: [
        citeOutput(output.lines[at]),
        citeOutput(bodyLine(output, diagnostic, match)),
        ...body.filter(({ text }) => definition.also?.test(text) ?? false).map(citeOutput),
        citeOutput(body.find(({ text }) => /^\s*(?:│ )?\s*on \S+\.(?:tf|tofu|tfvars)\S* line \d+/.test(text))),
      ],
      involves: [...(involved === undefined ? [] : [involved]), ...lackingAfter(output)],
      remedies: definition.remedies(match, diagnostic),
      rulesOut: definition.rulesOut ?? [],
    },
  };
}

/** Makes kinds of outputs from kinds of errors: each error belongs to the first kind whose pattern fits. */
export function diagnosticKinds(definitions: readonly DiagnosticKind[]): OutputKind[] {
  return definitions.map((definition, place) => ({
    kind: definition.kind,
    stage: 'infrastructure',
    rank: 'cause',
    title: definition.title,
    about: definition.about,
    remedy: definition.remedy,
    find: (output) =>
      parseDiagnostics(output).flatMap((diagnostic): Sighted[] => {
        const match = matchOf(definition, diagnostic);
        if (match === undefined) return [];
        const taken = definitions.slice(0, place).some((other) => matchOf(other, diagnostic) !== undefined);
        return taken ? [] : [draft(output, definition, diagnostic, match)];
      }),
  }));
}

/** How a summary begins: what the error is about. */
export function about({ address, file, line, object }: Diagnostic): string {
  if (object !== undefined) return `\`${object.name}\`${object.path === undefined ? '' : ` (${object.path})`}`;
  if (address !== undefined && !address.startsWith('provider[')) return `\`${address}\``;
  return file === undefined ? 'The run' : `${file} line ${line}`;
}

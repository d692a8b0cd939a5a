import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { jobEnd, type Output, type OutputLine } from '../../../../src/evidence/outputs.ts';
import type { Remedy } from '../../schema.ts';
import type { Draft } from '../analyzer.ts';
import { citeOutput, type OutputKind, type Sighted, wholeOutput } from '../output-analyzer.ts';
import { imagesBuiltIn } from './images.ts';

/** A line of an output that decides, and the lines around it. */
export interface LineHit {
  readonly output: Output;
  readonly at: number;
  readonly line: OutputLine;
  readonly match: RegExpExecArray;
  /** The first line from `at` on (or back from it, for a negative number of lines) that matches. */
  near(pattern: RegExp, lines: number): { line: OutputLine; match: RegExpExecArray; at: number } | undefined;
}

/** A kind that one line decides. Patterns are tried on the innermost text of each line; the first line that fits speaks. */
export interface LineKind {
  readonly kind: string;
  readonly rank?: OutputKind['rank'];
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly patterns: readonly RegExp[];
  readonly except?: RegExp;
  /** Programs say the same of themselves: only where a CI system or a build tool is seen at work. */
  readonly pipelineOnly?: true;
  readonly holds?: (hit: LineHit) => boolean;
  readonly confidence: number;
  readonly says: (hit: LineHit) => string;
  readonly object?: (hit: LineHit) => ObjectRef | undefined;
  /** Further lines to cite. */
  readonly also?: (hit: LineHit) => readonly (OutputLine | undefined)[];
  readonly remedies: (hit: LineHit) => readonly Remedy[];
  /** What cannot be the cause, because the tool came this far. */
  readonly rulesOut?: Draft['rulesOut'];
}

/** What may still go well, or is said in passing. */
const HARMLESS =
  /^\s*(?:\S+:\d+:\d+: )?(?:npm )?(?:warning|warn|note|info|debug)\b|retrying in|will (?:be )?retr|attempt \d+ of \d+/i;
const SUSPECT =
  /error|\berr\b|no files|fail|denied|refus|unable|cannot|can't|could ?n[o']t|no match|not found|no such|mismatch|missing|exceed|too ?many|timed? ?out|cancel|kill|invalid|unknown|undefined|unauthori|forbidden|incompatible|conflict|lost|not exist|does not|did not|not accessible|blank|exit|require|expired|no space|in sync|up.to.date|✖|×|\[warn\]|would|issue|E[A-Z]{3,}|E\d{3}|formatt|rejected|stuck|abort|violat|(?:CRITICAL|HIGH): [1-9]|below|not set|unbound|\b[A-Z]{1,6}\d{3,4}\b|ResolutionImpossible|has been|canceling|timeout|memory|^In |lint\/|━|quota|longer than|finding|be fixed|not acquired|leaks found|not (?:supported|allowed)|\.\w{1,6}:\d+:\d+:? |_/i;

function hitAt(output: Output, at: number, match: RegExpExecArray): LineHit {
  const line = output.lines[at] as OutputLine;
  return {
    output,
    at,
    line,
    match,
    near: (pattern, lines) => {
      const step = lines < 0 ? -1 : 1;
      for (let next = at; Math.abs(next - at) <= Math.abs(lines); next += step) {
        const candidate = output.lines[next];
        if (candidate === undefined) return undefined;
        const found =
          pattern.exec(candidate.inner.slice(0, MAX_LINE)) ?? pattern.exec(candidate.text.slice(0, MAX_LINE));
        if (found !== null) return { line: candidate, match: found, at: next };
      }
      return undefined;
    },
  };
}

const MAX_LINE = 1000;
const SUSPECTS = new WeakMap<Output, readonly number[]>();

/** BuildKit goes on without a cache that it cannot import, and calls that an error of this step. */
const CACHE = /^#(\d+) importing cache manifest from /;

/** Indexes of lines that may say that something failed; every kind looks at these only. */
function suspects(output: Output): readonly number[] {
  const known = SUSPECTS.get(output);
  if (known !== undefined) return known;
  const caches = new Set(output.lines.flatMap(({ text }) => CACHE.exec(text)?.[1] ?? []));
  const found = [...output.lines.keys()].filter((at) => {
    const { inner, text: whole } = output.lines[at] as OutputLine;
    const text = inner.slice(0, MAX_LINE);
    if (caches.size > 0 && caches.has(/^#(\d+) /.exec(whole)?.[1] ?? '')) return false;
    return (SUSPECT.test(text) || whole.startsWith('##[error]')) && !HARMLESS.test(text);
  });
  SUSPECTS.set(output, found);
  return found;
}

function firstHit(output: Output, definition: LineKind): LineHit | undefined {
  if (definition.pipelineOnly && !output.pipeline) return undefined;
  for (const at of suspects(output)) {
    const line = output.lines[at] as OutputLine;
    const text = line.inner.slice(0, MAX_LINE);
    if (definition.except?.test(text) ?? false) continue;
    for (const pattern of definition.patterns) {
      const match = pattern.exec(text) ?? pattern.exec(line.text.slice(0, MAX_LINE));
      if (match === null) continue;
      const hit = hitAt(output, at, match);
      if (definition.holds?.(hit) ?? true) return hit;
    }
  }
  return undefined;
}

const CLOSING = 16;

/** Whether a job fails soon after a line: a sum at which it ends, and none in passing. */
export function isClosing({ output, at }: LineHit): boolean {
  const end = jobEnd(output);
  if (end === undefined || end.passed || at > end.at || end.at - at > 10 * CLOSING) return false;
  return output.lines.slice(at + 1, end.at).filter(({ text }) => text.trim() !== '').length <= CLOSING;
}

/** Makes a kind of outputs from one that a line decides. */
export function lineKind(definition: LineKind): OutputKind {
  const { kind, title, about, remedy, rank = 'cause' } = definition;
  const find = (output: Output): Sighted[] => {
    const hit = firstHit(output, definition);
    if (hit === undefined) return [];
    return [
      {
        at: hit.at,
        draft: {
          object: definition.object?.(hit) ?? wholeOutput(output),
          summary: definition.says(hit),
          confidence: definition.confidence,
          severity: 'failed',
          citations: [citeOutput(hit.line), ...(definition.also?.(hit) ?? []).map(citeOutput)],
          involves: imagesBuiltIn(output),
          remedies: definition.remedies(hit),
          rulesOut: definition.rulesOut ?? [],
        },
      },
    ];
  };
  return { kind, stage: 'build', rank, title, about, remedy, find };
}

/** A file, with the line where it is known. */
export function fileRef(name: string, line?: string): ObjectRef {
  return { kind: 'File', name, ...(line === undefined ? {} : { path: `line ${line}` }) };
}

import { citeLines } from '../../../src/evidence/cite.ts';
import type { Citation, ObjectRef } from '../../../src/evidence/model.ts';
import { failedStepStart, jobEnd, type Output, type OutputLine, outputsOf } from '../../../src/evidence/outputs.ts';
import { parseDiagnostics } from '../../../src/evidence/parse/terraform.ts';
import type { Stage } from '../schema.ts';
import type { View } from '../view.ts';
import { type Analyzer, DEPTH, type Draft } from './analyzer.ts';
import { runsOf } from './build/cluster-runs.ts';

/** What a kind saw in an output, and at which line. */
export interface Sighted {
  readonly at: number;
  readonly draft: Draft;
}

/**
 * A failure that the output of a build or infrastructure tool tells. `rank` orders what one failure makes several tools
 * say: the `cause`, the `step` around it (a RUN, a builder), the `job` that ends because of it.
 */
export interface OutputKind {
  readonly kind: string;
  readonly stage: Stage;
  readonly rank: 'cause' | 'step' | 'job';
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly find: (output: Output) => Sighted[];
}

const DEPTHS = { cause: DEPTH.output, step: DEPTH.outputStep, job: DEPTH.job } as const;
/** Each later error of one output is a little less likely to be the cause than the one before it. */
const LATER = 0.03;
const MAX_PER_OUTPUT = 12;

export function citeOutput(line: OutputLine | undefined): Citation | undefined {
  return line === undefined ? undefined : citeLines(line.item, line.index);
}

/** What stands for the output as a whole: other analyzers name it so too, which links their findings. */
export function wholeOutput(output: Output): ObjectRef {
  return { kind: 'Log', name: output.name };
}

const OUTPUTS = new WeakMap<View, Output[]>();

export function outputsIn(view: View): Output[] {
  const known = OUTPUTS.get(view) ?? outputsOf(view.scene);
  OUTPUTS.set(view, known);
  return known;
}

/** Whether pods cannot pull an image that a job was to build: then it failed, whatever the job says of itself. */
function missed(view: View, { involves = [] }: Draft): boolean {
  const images = involves.filter(({ kind }) => kind === 'Image').map(({ name }) => `Failed to pull image "${name}"`);
  return images.length > 0 && view.messages.some(({ text }) => images.some((image) => text.includes(image)));
}

/** What is wrong with the place in which tests run, and not with what they test. */
const SURROUNDINGS = /^(?:docker-daemon-unreachable|build-disk-full|ci-out-of-memory)$/;

/** A test that fails because of its surroundings says so: what it says goes before the test. */
function surroundingsFirst<T extends Sighted & { kind: OutputKind }>(sighted: T, _: number, all: readonly T[]): T {
  if (sighted.kind.kind !== 'tests-failed') return sighted;
  const cited = sighted.draft.citations.map((citation) => citation?.lines?.from);
  const said = all.find(
    ({ kind, draft }) => SURROUNDINGS.test(kind.kind) && cited.includes(draft.citations[0]?.lines?.from),
  );
  return said === undefined ? sighted : { ...sighted, at: said.at + 0.5 };
}

/** Everything that kinds see in one output, first things first. What a job outlived is no reason for its end. */
function sightings(view: View, output: Output, kinds: readonly OutputKind[]): { kind: OutputKind; draft: Draft }[] {
  const end = jobEnd(output);
  const start = end === undefined || end.passed ? 0 : failedStepStart(output, end.at);
  // What Terraform reports is read as a whole; its lines are no words of a compiler or a package manager.
  const errors = parseDiagnostics(output);
  const reported = (at: number) => errors.some((error) => at >= error.at && at < error.end);
  // A kind tells its first line only: what a step before spoke of must not hide what this one says.
  const step = start === 0 ? output : { ...output, lines: output.lines.slice(start) };
  const found = kinds.flatMap((kind) => {
    const whole = kind.stage !== 'build';
    return kind.find(whole ? output : step).map(({ at, draft }) => ({ kind, draft, at: whole ? at : at + start }));
  });
  const seen = found
    .filter(({ at }) => at >= start)
    .filter(
      ({ draft, at }) => end?.passed !== true || at > end.at || missed(view, draft) || draft.severity !== 'failed',
    )
    .filter(({ kind, at }) => kind.stage !== 'build' || kind.rank === 'job' || !reported(at))
    .map(surroundingsFirst)
    .sort((a, b) => a.at - b.at);
  const causes = seen.filter(({ kind }) => kind.rank === 'cause');
  const first = causes[0]?.draft.confidence ?? 1;
  return seen.slice(0, MAX_PER_OUTPUT).map((sighted) => {
    const place = causes.indexOf(sighted);
    const line = output.lines[Math.floor(sighted.at)];
    const runs = line === undefined ? [] : runsOf(view, line);
    const involves = [
      ...(sighted.draft.involves ?? []),
      ...runs,
      wholeOutput(output),
      { kind: 'Output', name: output.name },
    ];
    const confidence =
      place <= 0 ? sighted.draft.confidence : Math.min(sighted.draft.confidence, first - LATER * place);
    return { kind: sighted.kind, draft: { ...sighted.draft, involves, confidence: Math.max(0.3, confidence) } };
  });
}

/** Analyzers over outputs. They share one reading of each output, because the first decisive error is the cause. */
export function outputAnalyzers(kinds: readonly OutputKind[]): Analyzer[] {
  const memo = new WeakMap<View, { kind: OutputKind; draft: Draft }[]>();
  const all = (view: View) => {
    const known = memo.get(view) ?? outputsIn(view).flatMap((output) => sightings(view, output, kinds));
    memo.set(view, known);
    return known;
  };
  return kinds.map((kind) => ({
    kind: kind.kind,
    stage: kind.stage,
    depth: DEPTHS[kind.rank],
    title: kind.title,
    about: kind.about,
    remedy: kind.remedy,
    find: (view) => all(view).flatMap((seen) => (seen.kind === kind ? [seen.draft] : [])),
  }));
}

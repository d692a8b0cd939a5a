import type { EvidenceItem } from './model.ts';
import { innerLine, isPipelineLine, plainLine } from './parse/ci.ts';
import type { Scene } from './scene.ts';
import { type Tolerated, toleratedIn } from './tolerated.ts';

/** A line of what a tool printed. `text` is without colours and times; `inner` also without prefixes of outer tools. */
export interface OutputLine {
  readonly item: EvidenceItem;
  /** Index of the line in `item.text`. */
  readonly index: number;
  readonly text: string;
  readonly inner: string;
}

/** All that a file shows of tools at work (builds, tests, plans), in its order; long logs have gaps between items. */
export interface Output {
  readonly name: string;
  readonly lines: readonly OutputLine[];
  /** Whether it has lines that only CI systems and build tools print; else it may be the log of some program. */
  readonly pipeline: boolean;
  /** Indexes of lines by which steps failed that their job outlived. */
  readonly spared?: ReadonlySet<number>;
}

const MAX_LINES = 20_000;
/** Objects that are output all the same: of `terraform validate -json`, of a stack's events, and of jobs as APIs of CI systems give them. */
const TOLD_IN_JSON =
  /^\s*\{[\s\S]{0,400}"(?:error_count|StackEvents)"\s*:|^\s*[{[][\s\S]{0,200000}"(?:signal_reason|failure_reason)"\s*:\s*"/;

/** Output of tools: texts and logs that are no pod's, and what else stands in the same files. */
export function outputsOf(scene: Scene): Output[] {
  const pods = new Set(scene.logs.filter((log) => log.pod !== undefined).map((log) => log.item.id));
  const pipelines = pipelineFiles(scene.items);
  const told = (item: EvidenceItem) =>
    (ours(item) || endsJob(item)) &&
    !pods.has(item.id) &&
    (isText(item) || (item.source.kind === 'object' && TOLD_IN_JSON.test(item.text)));
  const names = new Set(scene.items.filter(told).map((item) => item.source.name));
  const files = new Map<string, OutputLine[]>();
  for (const item of scene.items) {
    const { name, kind } = item.source;
    if (!names.has(name) || pods.has(item.id) || !(ours(item) || endsJob(item))) continue;
    if (!isText(item) && !/^(?:object|table)$/.test(kind)) continue;
    const lines = files.get(name) ?? [];
    files.set(name, lines);
    for (const [index, raw] of item.text.split('\n').entries()) {
      if (lines.length >= MAX_LINES) break;
      const text = plainLine(raw);
      lines.push({ item, index, text, inner: innerLine(text) });
    }
  }
  const tolerated = toleratedIn(scene.items);
  return [...files].map(([name, lines]) => {
    const spared = sparedIn(lines, tolerated);
    return { name, lines, pipeline: pipelines.has(name), ...(spared.size === 0 ? {} : { spared }) };
  });
}

/** The failures of steps that their workflow lets fail, and all of a job that went well in the end. */
function sparedIn(lines: readonly OutputLine[], { steps, jobs }: Tolerated): Set<number> {
  const spared = new Set<number>();
  if (steps.size === 0 && jobs.size === 0) return spared;
  let [head, job] = ['', ''];
  for (const [at, { text }] of lines.entries()) {
    job = /^Complete job name: (.+)$/.exec(text)?.[1] ?? job;
    head = /^##\[group\](Run .+)$/.exec(text)?.[1]?.trim() ?? head;
    if (FAILED.test(text) && (jobs.has(job) || steps.has(head))) spared.add(at);
  }
  return spared;
}

/** What a tool printed for people; `argo get` describes a workflow, and draws its steps with what each said. */
function isText({ source, command }: EvidenceItem): boolean {
  return /^(?:text|log)$/.test(source.kind) || (source.kind === 'describe' && /^argo get\b/.test(command ?? ''));
}

/** What `kubectl` and its like print has parsers of its own, and is no build's output. */
function ours(item: EvidenceItem): boolean {
  return (
    item.object === undefined && !/^(?:kubectl|oc|k|kube-lineage|argocd|helm|logcli|stern) /.test(item.command ?? '')
  );
}

function saysPipeline({ text }: EvidenceItem): boolean {
  return text.split('\n').some((line) => isPipelineLine(plainLine(line)));
}

/** Whether the last command of a job stands here, whatever it called: below it the CI system says how the job ended. */
function endsJob(item: EvidenceItem): boolean {
  if (item.object !== undefined || item.command === undefined || !isText(item)) return false;
  const known = ENDS.get(item) ?? item.text.split('\n').some((line) => isEnd(plainLine(line)));
  ENDS.set(item, known);
  return known;
}

const ENDS = new WeakMap<EvidenceItem, boolean>();
const isEnd = (line: string) => FAILED.test(line) || PASSED.test(line);

/** Names of files whose text only CI systems and build tools write. */
export function pipelineFiles(items: readonly EvidenceItem[]): Set<string> {
  const names = new Set<string>();
  for (const item of items) {
    if (names.has(item.source.name) || !isText(item) || item.object !== undefined) continue;
    if (ours(item) ? saysPipeline(item) : endsJob(item)) names.add(item.source.name);
  }
  return names;
}

const FAILED =
  /^##\[error\]|^Process completed with exit code [1-9]|^ERROR: Job failed|^Finished: (?:FAILURE|ABORTED|UNSTABLE)|^\[ERROR\] BUILD FAILURE|^🚨 Error: The command exited|^Exited with code (?:exit status )?[1-9]|^Pipeline state: failed|^Process exited with code [1-9]\d* \(Step: |^ {4}error: (?:update|preview|refresh|destroy) failed$|^\S+ +: ok=\d+ .*(?:unreachable=[1-9]|failed=[1-9])/u;
/** How CI systems, the clients that sum up a run (gh, glab) and Ansible say that all went well, whatever was said on the way. */
const PASSED =
  /^Job succeeded$|^Finished: SUCCESS$|^Cleaning up orphan processes$|^##\[section\]Finishing: |^✓ \S+ \S.* · \d{5,}$|^Pipeline state: success$|^\S+ +: ok=\d+ .*unreachable=0 +failed=0\b/u;

interface JobEnd {
  readonly passed: boolean;
  readonly at: number;
}

const JOB_ENDS = new WeakMap<Output, JobEnd | undefined>();

/** What the CI system itself says of its job; undefined where it says nothing (or there is none). */
export function jobEnd(output: Output): JobEnd | undefined {
  const known = JOB_ENDS.has(output) ? JOB_ENDS.get(output) : findJobEnd(output);
  JOB_ENDS.set(output, known);
  return known;
}

function findJobEnd(output: Output): JobEnd | undefined {
  const failed = output.lines.findIndex((line, at) => FAILED.test(line.text) && output.spared?.has(at) !== true);
  if (failed >= 0) return { passed: false, at: failed };
  const passed = output.lines.findLastIndex((line) => PASSED.test(line.text));
  if (passed < 0) return undefined;
  // A summary of a run says it first.
  const summed = output.lines[passed]?.text.startsWith('✓') ? output.lines[passed]?.item : undefined;
  return {
    passed: true,
    at: summed === undefined ? passed : output.lines.findLastIndex(({ item }) => item === summed),
  };
}

/** Index of the line at which the step that failed first begins; 0 where steps are not marked. */
export function failedStepStart(output: Output, end: number): number {
  if (output.lines.some(({ text }) => GITLAB.test(text))) return lastCommand(output, end);
  for (let at = end; at > 0; at--) if (/^##\[group\]Run /.test(output.lines[at]?.text ?? '')) return at;
  return 0;
}

const GITLAB = /^Executing "step_script" stage|^Running with gitlab-runner /;

/**
 * GitLab shows each command of the script as it begins it, and begins none after one that failed: those before the last went well.
 * What runs afterwards (`after_script`) stands below a heading of its own.
 */
function lastCommand({ lines }: Output, end: number): number {
  const after = lines.findIndex(({ text }) => /^Running after[_ ]script/.test(text));
  for (let at = after < 0 ? end : Math.min(after, end); at > 0; at--) {
    const command = commandAt(lines, at);
    if (command !== undefined) return firstGathered(lines, at, command);
  }
  return 0;
}

/** The command of a script that a line shows, or below which it is the first; undefined for other lines. */
function commandAt(lines: Output['lines'], at: number): string | undefined {
  const [line, above] = [lines[at], lines[at - 1]];
  if (line?.item !== above?.item && line?.item.command !== undefined) return line.item.command;
  return /^\$ (\S.*)$/.exec(line?.text ?? '')?.[1];
}

/**
 * Where the script began to gather failures of which its last command makes an end (`pytest || failed=1`, `make; rc=$?` …
 * `exit $rc`): the first command that sets a variable, because of how another ended, which the last one reads. The last itself otherwise.
 */
function firstGathered(lines: Output['lines'], last: number, command: string): number {
  const names = [...command.matchAll(/\$\{?#?(\w+)|\(\(\s*(\w+)/g)].flatMap(
    ([, read, counted]) => read ?? counted ?? [],
  );
  if (names.length === 0) return last;
  const name = `(?:${[...new Set(names)].join('|')})`;
  const sets = new RegExp(`(?:\\|\\||;|&&|\\bthen|\\belse)\\s*[{(]*\\s*(?:let |export )?"?${name}(?:\\+?=|\\+\\+)`);
  const keeps = new RegExp(`^(?:export )?${name}=\\$\\?`);
  let first = last;
  let kept = false;
  for (let at = last - 1; at >= 0; at--) {
    const shown = commandAt(lines, at);
    if (shown === undefined) continue;
    // `rc=$?` tells of the command before it.
    if (kept || sets.test(shown)) first = at;
    kept = keeps.test(shown);
  }
  return first;
}

import { ansibleSays } from './ansible.ts';

const ANSI = /\u001b\[[0-9;?]*[A-Za-z]/g;
/** Operating system commands, such as the hyperlinks that linters print, and application program commands (Buildkite's times). */
const OSC = /\u001b[\]_][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;
const STAMP =
  /^\uFEFF?\[?\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?\]?(?: \d{2}[OE][ +]?| |$)/;
/** `gh run view --log` puts job and step before each line. */
const JOB_AND_STEP = /^[^\t]{1,160}\t[^\t]{1,200}\t\uFEFF?(?=\d{4}-\d{2}-\d{2}T)/;
/** Terragrunt puts time, level and unit before each line of the Terraform that it runs. */
const TERRAGRUNT = /^\d{2}:\d{2}:\d{2}\.\d{3} (?:STDOUT|STDERR|INFO|WARN|ERROR) +(?:\[[^\]]+\] )?(?:terraform|tofu): ?/;
/** `tkn` puts task and step before each line, `drone exec` step and line: `[unit : test] `, `[unit:12] `. */
const TASK_AND_STEP = /^\[[\w.-]+(?: : [\w.-]+|:\d+)\] /;
/** TeamCity puts time and level before each line, and the step. */
const TIMED_STEP = /^\[\d{2}:\d{2}:\d{2}\][A-Za-z ]?:\s+(?:\[[^\]]{1,80}\] )?/;
const MAX_LINE = 20_000;

/**
 * What a tool printed, without what a CI system and a terminal put around it: colours, links, the job, the time, what a
 * carriage return overwrote. Indentation stays.
 */
export function plainLine(raw: string): string {
  const bounded = raw.length > MAX_LINE ? raw.slice(0, MAX_LINE) : raw;
  const bare = bounded.replace(OSC, '').replace(ANSI, '');
  const shown = bare.includes('\r') ? (bare.split('\r').findLast((part) => part.trim() !== '') ?? '') : bare;
  return shown
    .replace(JOB_AND_STEP, '')
    .replace(STAMP, '')
    .replace(TERRAGRUNT, '')
    .replace(TASK_AND_STEP, '')
    .replace(TIMED_STEP, '');
}

const INNER: readonly RegExp[] = [
  /^##\[error\]|^::error(?: [^:]*)?::|^Error: (?=Process completed)/,
  // BuildKit: the step and the seconds since it began, then again without the step in the excerpt at the end.
  /^#\d+ (?:\d+\.\d+ )?/,
  /^\d{1,5}\.\d{2,3} /,
  // nix: the excerpt of a failed builder's log, and `nix build -L`.
  /^ {2,}> /,
  /^[a-zA-Z][\w.+-]{1,80}> /,
  // Package and task, as Turborepo (`@shop/web:build: `) and pnpm (`packages/web build: `) put before each line.
  /^(?:@[\w-]+\/)?[\w./-]+[: ](?:build|test|lint|type-?check|check|compile|bundle)(?::[\w-]+)?: (?=\S)/,
  // The boxes of Terraform and of nix-output-monitor.
  /^[│╷╵┃] ?/,
];

/** A plain line without the prefix of the tool that ran the tool: of a container build, of nix, of an annotation. */
export function innerLine(plain: string): string {
  let text = plain;
  for (const prefix of INNER) text = text.replace(prefix, '');
  return (text.startsWith('f') ? ansibleSays(text) : undefined) ?? text;
}

const MARKERS: readonly RegExp[] = [
  /^##\[(?:group|endgroup|error|command)\]/,
  /^section_(?:start|end):\d+:/,
  /^Running with gitlab-runner /,
  /^\[Pipeline\] \S/,
  /^Process completed with exit code \d+|^ERROR: Job failed\b|^Finished: (?:FAILURE|SUCCESS|ABORTED)$/,
  /^#\d+ \[(?:internal|[\w.-]+ +\d+\/\d+|\d+\/\d+)\]/,
  /^#\d+ (?:ERROR|DONE|CACHED)\b/,
  /^Step \d+\/\d+ : [A-Z]+/,
  /^ERROR: failed to (?:solve|build)\b/,
  /^error: (?:builder for|build of|hash mismatch in|attribute|undefined variable|flake|Cannot build) ?'/,
  /^error: Cannot build '|^these \d+ derivations? will be built|^this derivation will be built/,
  /^=+ test session starts =+$/,
  /^ (?:RUN|DEV) {2}v\d+\./,
  /^Test Suites: \d+/,
  /^--- FAIL: |^FAIL\t\S+/,
  /^test result: (?:ok|FAILED)\. /,
  /^\[INFO\] (?:BUILD (?:FAILURE|SUCCESS)|Scanning for projects)/,
  /^FAILURE: Build failed with an exception|^> Task :\S+/,
  /^ {3}Compiling \S+ v\d/,
  /^error\[E\d{4}\]: /,
  /^\S+\.tsx?[(:]\d+[,:]\d+\)?(?::| -) error TS\d+: /,
  /^\s*(?:npm (?:error|ERR!)) code (?!ELIFECYCLE)E\w+$/,
  // Heroku's buildpacks and those of the Cloud Native Buildpacks.
  /^-----> \S|^===> (?:ANALYZING|DETECTING|RESTORING|BUILDING|EXPORTING)$/,
  /^\s?ERR_PNPM_[A-Z_]+|^go: \S+ requires go >= /,
  /^Terraform (?:will perform|used the selected|has compared|planned the following)|^OpenTofu (?:will perform|used the selected|has compared|planned the following)/,
  /^Initializing (?:the backend|provider plugins|modules)\.\.\./,
  /^(?:Apply|Destroy) complete! Resources: /,
  /^╷|^│ Error: /,
  // The lines by which other CI systems open and end their jobs.
  /^#!\/bin\/(?:ba)?sh -eo pipefail$|^Exited with code (?:exit status )?\d+|^Too long with no output \(exceeded /,
  /^(?:🚨 Error: |user command error: |~~~ (?:Running|Preparing|Checking out) )/u,
  /^##\[(?:section|debug|warning)\]/,
  /^Process exited with code \d+ \(Step: /,
  /^step-\S+ exited with code|^failed to get logs for task \S+ : container step-/,
  /^(?:PLAY|TASK|RUNNING HANDLER) \[.*\] \*+$|^PLAY RECAP \*+$/,
  /^STEP \d+(?:\/\d+)?: (?:FROM|RUN|COPY|ADD|WORKDIR|ENV)\b/,
  /^INFO\[\d{4}\] (?:Retrieving image|Resolved base name|Unpacking rootfs|Built cross stage)/,
  // The tree of steps that `argo get` draws.
  /^STEP +TEMPLATE +PODNAME +DURATION +MESSAGE$/,
  /^(?:Previewing update|Updating|Destroying) \([\w./-]+\):?$|^✨ {2}Synthesis time: |^\[(?:Warning|Error|Info) at \/[^\]]+\]|^[\w-]+: deploying\.\.\. \[\d+\/\d+\]$/u,
];

/** Whether a plain line is one that only CI systems, build tools and test runners print: the log is no program's own. */
export function isPipelineLine(plain: string): boolean {
  return MARKERS.some((marker) => marker.test(plain));
}

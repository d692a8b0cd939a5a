import { command } from '../../../../src/evidence/commands/shell.ts';
import type { OutputLine } from '../../../../src/evidence/outputs.ts';
import { change, look } from '../analyzer.ts';
import type { OutputKind } from '../output-analyzer.ts';
import { group, quoted } from '../said.ts';
import { emptySecret } from './empty-secret.ts';
import { inFull, lastWords } from './last-words.ts';
import { type LineHit, lineKind } from './line-kind.ts';
import { runner } from './runner.ts';

const ASKS_FOR_TOKEN = /Did you mean to set the `?id-token`? permission/;

const secretNamed = lineKind({
  kind: 'ci-secret-missing',
  pipelineOnly: true,
  title: 'A secret or input of the job is not given',
  about:
    'A step asks for an input, a variable or a credential that is empty: not defined, or hidden from this branch or fork.',
  remedy: 'Define it where the job may see it (repository, environment, protected branch).',
  patterns: [
    /Input required and not supplied: (\S+)/,
    /^(Username and password required|Password required)$/,
    /Error: (?:Secret|Environment variable|Variable) [`'"]?(\w+)[`'"]? (?:is )?(?:not set|missing|required|not found|empty)/i,
    // Actions whose inputs are all empty, which is what a secret that a fork may not see is.
    /[Nn]ot all values are present\. Ensure ((?:'[^']+'(?:, | and )?)+) (?:is|are) supplied/,
    /must specify (?:exactly|at least) one of ((?:"[^"]+"(?:,? or |, )?)+)/,
    /Parameter (\w+) or opts\.auth is required/,
    /Secret (\S+) is required, but not provided while calling/,
    /(?:^|: )(?:line \d+: )?([A-Z][A-Z0-9_]{2,}): (?:(?:unbound|\[redacted:[^\]]+\]) variable|(?:parameter|\[redacted:[^\]]+\]) (?:not set|null or not set).*|.*must be set.*)$/,
    // An answer to one who is not known, with the variable that should say who it is.
    /^(?=.*(?:\b401\b|[Uu]nauthori[sz]ed|[Aa]uthenticat)).*\b(?:check|set|provide|define|missing)\b.*?\b([A-Z][A-Z0-9]*_(?:TOKEN|KEY|SECRET|PASSWORD|CREDENTIALS))\b/,
    /\b(?:missing|unset) (?:required )?(?:(?:environment )?variable |secret )?["'`$]?([A-Z][A-Z0-9]*_(?:TOKEN|KEY|SECRET|PASSWORD|CREDENTIALS))\b/,
    /Credentials could not be loaded, please check your action inputs: (.+)/,
    /^ERROR: Could not find credentials entry with ID '([^']+)'/,
    /^(?:ERROR: )?CredentialId "([^"]+)" could not be found/,
    /(?:the |Required )?secret [`'"]?([A-Z]\w+)[`'"]? (?:is not (?:set|defined|available)|is missing)/i,
  ],
  // Without the right to ask for a token of its own, a job has no credentials to load.
  holds: (hit) => hit.near(ASKS_FOR_TOKEN, -8) === undefined,
  confidence: 0.94,
  says: ({ match }) => `A secret or input of the job is not given: ${quoted(group(match), 140)}`,
  object: ({ match }) => (/^[A-Za-z]\w*$/.test(group(match)) ? { kind: 'CiVariable', name: group(match) } : undefined),
  remedies: () => [
    look('See whether it is defined, and whether this branch, fork or environment may see it'),
    change('Define it where the job may see it', 'medium'),
  ],
});

/** By what is said of it, or else by an environment in which it is empty. */
const secretMissing: OutputKind = {
  ...secretNamed,
  find: (output) => {
    const said = secretNamed.find(output);
    return said.length > 0 ? said : emptySecret(output);
  },
};

const permissionDenied = lineKind({
  kind: 'ci-permission-denied',
  title: "The job's token may not do this",
  about:
    'The CI token (or a deploy key) lacks a permission: to write packages, contents or checks, to push, to assume a role.',
  remedy: 'Grant just this permission to the job.',
  patterns: [
    /(Resource not accessible by integration)/,
    /remote: (Permission to \S+ denied to \S+)\.?/,
    /denied: (installation not allowed to \w+ organization package|permission_denied: .+)/,
    /(refusing to allow .+ to create or update workflow .+)/,
    /remote: (You are not allowed to push code to this project)/,
    /remote: (Write access to repository not granted)/,
    /(Could not assume role with OIDC: .+)/,
    /Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable|Did you mean to set the `id-token` permission\?/,
    /(?:GitHub Actions is not permitted to create or approve pull requests)/,
    /remote: HTTP Basic: Access denied/,
    /! \[remote rejected\] .+ \((protected branch hook declined|pre-receive hook declined)\)/,
  ],
  confidence: 0.95,
  // Said as a hint where the credentials come from elsewhere, too.
  holds: (hit) => !ASKS_FOR_TOKEN.test(hit.line.inner) || hit.near(/Credentials could not be loaded/, 8) !== undefined,
  says: (hit) => `The job may not do this: ${quoted(group(hit.match) || hit.line.inner, 180)}`,
  remedies: () => [
    look('See the permissions of the job (`permissions:`) and of its token'),
    change('Grant just the permission that is missing', 'medium'),
  ],
});

const artifactMissing = lineKind({
  kind: 'ci-artifact-missing',
  title: 'An artifact of an earlier job is not there',
  about: 'No job uploaded it, under that name, in this run; or it has expired.',
  remedy: 'Correct name or path, and let the job that makes it run before.',
  patterns: [
    /Artifact not found for name: (\S+)/,
    /Unable to find (?:any artifacts for|an artifact with the name:?) ?(\S*)/,
    /No files were found with the provided path: (.+?)\.( No artifacts will be uploaded)?/,
    /ERROR: No files to upload|(?<!\S)(\S+): no matching files\.?.*artifact/,
    /Artifact (?:has expired|not found):? ?(\S*)/,
    /[Nn]o artifacts found(?: for downloading| matching (\S+))?/,
    // CircleCI says so in passing, of a workspace that a later step reads.
    /^(No workspace layers found)\b/,
    /"failure_reason": ?"(missing_dependency_failure)"/,
    /ERROR: Downloading artifacts (?:file )?from coordinator\.\.\. not found/,
    /This job depends on other jobs with expired\/erased artifacts: (\S+)/,
  ],
  holds: (hit) => {
    if (group(hit.match) !== 'No workspace layers found') return true;
    const folder = hit.near(/^Attaching workspace at (\S+)/, -3)?.match[1];
    const { lines } = hit.output;
    return (
      folder !== undefined && lines.some(({ inner }) => inner.includes(folder) && /no such file|not found/i.test(inner))
    );
  },
  confidence: 0.93,
  says: (hit) => {
    const sought = hit.near(/(?:artifact download|Searching for artifacts:) +("[^"]+"|\S+)/, -12)?.match;
    return `An artifact that the job needs is not there: ${quoted(group(hit.match) || group(sought) || hit.match[0], 140)}`;
  },
  remedies: () => [
    look('See what the earlier jobs uploaded'),
    change('Correct the name or path, or the order of the jobs'),
  ],
});

const configurationInvalid = lineKind({
  kind: 'ci-configuration-invalid',
  title: 'The pipeline itself is not valid',
  about:
    'The workflow file cannot be read, names an action, image or script that does not exist, or has a wrong expression.',
  remedy: 'Correct the workflow file at the line named.',
  patterns: [
    /(This run likely failed because of a workflow file issue)/,
    /(?:Invalid workflow file|The workflow is not valid)[.:]? ?(.*)/,
    /(Unable to resolve action `?[^`,]+`?.*)/,
    /(Can't find 'action\.yml', 'action\.yaml' or 'Dockerfile' under '[^']+'.*)/,
    /Found errors? in your \.gitlab-ci\.yml: ?(.*)/,
    /(Unrecognized (?:named-value|function): '[^']+'.*)/,
    /(Unexpected value '[^']+')/,
    /(jobs:\S+ (?:config|needs|script).*(?:should|is not|can't|unknown).*)/,
    /(?:npm (?:error|ERR!) )(Missing script: "[^"]+")/,
    /(WorkflowScript: \d+: .+)/,
    /(No such DSL method '[^']+')/,
    /(No such (?:property|library resource): \S+.*)/,
    /^(?:Error: )?(linter: .+)/,
  ],
  confidence: 0.95,
  says: (hit) => `The pipeline is not valid: ${quoted(group(hit.match) || hit.line.inner, 200)}`,
  remedies: () => [look('Read the workflow file at the place named'), change('Correct it')],
});

const commandMissing = lineKind({
  kind: 'ci-command-missing',
  title: 'A step calls a program that is not installed',
  about: 'The shell of the step finds no such command (exit code 127), or may not run it (126).',
  remedy: 'Install it in the job or its image, or correct the name or path.',
  patterns: [
    // A shell names itself or the script first, whatever that is called, and the number of the line.
    /^(?:[^\s:]+: (?:eval: )?line \d+|(?:[^\s:]*sh|[^\s:]*\/[^\s:]+): (?:eval: )?\d+): ([\w./+-]+): (?:command )?not found$/,
    /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a)?sh: (?:eval: )?([\w./+-]+): (?:command )?not found$/,
    /^(?:\S+: line \d+: |\S*sh: \d+: )(\S+): Permission denied$/,
    /^bash: ([\w./-]+): command not found$|^sh: ([\w./-]+): not found$/,
    /Unable to locate executable file: (\S+?)\./,
    /make: (\S+): No such file or directory/,
  ],
  holds: (hit) =>
    hit.output.lines.some(({ text }) =>
      /exit(?:ed)?(?: with)?(?: status)?(?: code)?:? ?12[67]|^##\[|gitlab-runner|returned a non-zero code: 12[67]|: \*\*\* .*Error 127/.test(
        text,
      ),
    ),
  confidence: 0.94,
  says: ({ match }) => `A step calls ${quoted(group(match), 80)}, which is not installed or may not be run there`,
  also: (hit) => [hit.near(/(?:exit code:?|non-zero code:|exit status) 12[67]|Error 12[67]/, 20)?.line],
  remedies: ({ match }) => [change(`Install \`${group(match)}\` in the job or its image, or correct its path`)],
});

const checkoutFailed = lineKind({
  kind: 'checkout-failed',
  pipelineOnly: true,
  title: 'The source cannot be fetched',
  about: 'The branch, tag, commit or submodule does not exist, or the repository refuses the job.',
  remedy: 'Correct the reference, or give the job the right to read the repository.',
  patterns: [
    /fatal: (Could not read from remote repository|couldn't find remote ref \S+|Remote branch \S+ not found.*|reference is not a tree: \S+|unable to access '[^']+': .+|repository '[^']+' not found|Authentication failed for '[^']+'|clone of '[^']+' into submodule path .+ failed|remote error: upload-pack: not our ref \S+)/,
    /error: (pathspec '[^']+' did not match any file\(s\) known to git)/,
    /(A branch or tag with the name '[^']+' could not be found)/,
    // Libraries of git, as controllers and CI systems in a cluster use them.
    /(failed to resolve revision "[^"]+": .+)/,
    /(?:git-lfs|Error downloading object|batch response): (.+)/,
    /(Couldn't find any revision to build)|(Maximum checkout retry attempts reached)/,
  ],
  holds: (hit) => !/argocd|Application/.test(hit.line.text),
  confidence: 0.92,
  says: ({ match }) => `The source cannot be fetched: ${quoted(group(match), 180)}`,
  remedies: () => [
    look('See whether the reference exists', command('git', 'ls-remote')),
    change('Correct the reference or the access of the job'),
  ],
});

/** The task of Ansible that a line is of, and the host. */
function taskOf({ output }: LineHit, line: OutputLine): string {
  const host = /^(?:fatal|failed): \[([^\]]+)\]/.exec(line.text)?.[1];
  if (host === undefined) return '';
  const above = output.lines.slice(0, output.lines.indexOf(line)).findLast(({ text }) => TASK.test(text));
  const task = TASK.exec(above?.text ?? '')?.[1];
  return task === undefined ? ` on ${host}` : ` on ${host} (task \`${task}\`)`;
}

const TASK = /^(?:TASK|RUNNING HANDLER) \[(.+)\] \*+$/;

const stepFailed = lineKind({
  kind: 'ci-step-failed',
  rank: 'job',
  title: 'A step of the job ends with an error',
  about:
    'The CI system says only that a command returned an exit code; no kind of failure was recognised in its output.',
  remedy: 'Read the lines before the end of the step.',
  patterns: [
    /Process completed with exit code ([1-9]\d*)/,
    /^ERROR: Job failed: (?:exit (?:code|status)|command terminated with exit code) (\d+)/,
    /^ERROR: script returned exit code (\d+)/,
    /^make: \*\*\* \[[^\]]+\] Error (\d+)/,
    /^Exited with code (?:exit status )?(\d+)/,
    /ELIFECYCLE.*exit code (\d+)/,
    /^error: Recipe `[^`]+` failed on line \d+ with exit code (\d+)/,
    /^ERROR: Job failed/,
    /^\[ERROR\] Failed to execute goal (.+)/,
    /^\* What went wrong:/,
    /^🚨 Error: The command exited with status (\d+)/u,
    /^\s*"?step-\S+"? exited with code (\d+)|container step-\S+ has failed/,
    /^The (?:task|process) '.+' (?:has )?failed with exit code (\d+)|^Error: The process '.+' failed with exit code (\d+)/,
    /^Finished: FAILURE$/,
    /^##\[error\](.+)/,
    /^ {0,2}\S+ +: ok=\d+ .*(?:unreachable|failed)=[1-9]/,
  ],
  confidence: 0.6,
  says: (hit) => {
    const words = lastWords(hit);
    return `A step of the job fails${words === undefined ? '' : taskOf(hit, words)}${group(hit.match) === '' ? '' : /^\d+$/.test(group(hit.match)) ? ` with exit code ${group(hit.match)}` : ` (${quoted(group(hit.match), 120)})`}${words === undefined ? '' : `: ${quoted(inFull(hit.output, words))}`}`;
  },
  also: (hit) => [lastWords(hit)],
  remedies: () => [look('Read the lines before the end of the step'), look('Run the same command on the same commit')],
});

export const ci = [
  secretMissing,
  permissionDenied,
  artifactMissing,
  configurationInvalid,
  checkoutFailed,
  commandMissing,
  ...runner,
  stepFailed,
];

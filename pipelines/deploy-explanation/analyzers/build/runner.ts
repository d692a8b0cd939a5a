import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { lastWords } from './last-words.ts';
import { lineKind } from './line-kind.ts';

const timedOut = lineKind({
  kind: 'ci-timed-out',
  pipelineOnly: true,
  title: 'The job took longer than it may',
  about: 'The CI system ends a job or step that exceeds its time limit.',
  remedy: 'See what it waited for; raise the limit only when it was at work.',
  patterns: [
    /The (?:action|job|operation) '?[^']*'? ?has (?:timed out|exceeded the maximum execution time)(?: (?:after|of) (.+))?/,
    /The job running on runner .+ has exceeded the maximum execution time of (.+?)\.?$/,
    /ERROR: Job failed: execution took longer than (\S+)/,
    /The job running on agent .+ ran longer than the maximum time of (.+?)\./,
    /(?:Task|Pipeline|Custom)Run "?\S+"? failed to finish within "?([\w.]+)"?/,
    /^Too long with no output \(exceeded ([^)]+)\)/,
    /^Timeout has been exceeded|^Cancelling nested steps due to timeout/,
    /"failure_reason": ?"(job_execution_timeout)"/,
    /The request was canceled due to the configured HttpClient\.Timeout/,
  ],
  confidence: 0.95,
  says: ({ match, line }) =>
    `The job was ended because it took too long${group(match) === '' ? ` (${quoted(line.inner, 140)})` : ` (limit ${group(match).replace(/\.$/, '')})`}`,
  also: (hit) => [lastWords(hit)],
  remedies: () => [
    look('See the last lines before: what did it wait for?'),
    change('Correct what hangs, or raise the limit of the job'),
  ],
});

const cancelled = lineKind({
  kind: 'ci-cancelled',
  rank: 'step',
  title: 'The job was cancelled',
  about: 'A person, a newer run or a failed sibling ended the job. It says nothing of the code.',
  remedy: 'Look at the run that replaced it, or start it again.',
  patterns: [
    /The operation was cancell?ed/,
    /The run was cancell?ed by|Canceling since a higher priority waiting request for '?([^']+)'? exists/,
    /ERROR: Job failed: canceled|^Aborted by (.+)/,
  ],
  confidence: 0.85,
  says: ({ match }) =>
    `The job was cancelled${group(match) === '' ? '' : ` (${group(match)})`}; it did not fail by itself`,
  remedies: () => [look('See who or what cancelled it'), change('Start the job again')],
});

const runnerLost = lineKind({
  kind: 'ci-runner-lost',
  title: 'The runner was lost, or there is none',
  about: 'The machine of the job stopped answering, was shut down, or no runner with these labels takes the job.',
  remedy: 'Bring runners up; look for memory and disk on the one that was lost.',
  patterns: [
    /(?:runner|agent)[^.]{0,80} lost communication with the server/i,
    /The (?:self-hosted )?runner has received a shutdown signal/,
    /The hosted runner (?:encountered an error|lost communication)/,
    /ERROR: Job failed \(system failure\): (.+)/,
    /The job was not acquired by Runner of type/,
    /This job is stuck because .*runners/,
    /No runner matching the specified labels was found: (.+)/,
    /(?:agent|node) (\S+) (?:is offline|went offline|was marked offline)/i,
    /^Cannot contact (\S+): (?:hudson|java)\.|^Agent (\S+) was (?:deleted|removed)|hudson\.remoting\.\w*Exception|^ERROR: Agent was removed|was marked offline: /,
    /Runner system failure|runner_system_failure/,
    // Jobs as the APIs of Buildkite and GitLab give them.
    /"signal_reason": ?"(agent_lost|agent_stop)"/,
    /"failure_reason": ?"(runner_system_failure|stuck_or_timeout_failure|no_matching_runner|runner_unsupported)"/,
    /pod "?(\S+?)"? (?:status is "Failed"|has failed|was evicted|deleted).*(?:runner|executor)/,
  ],
  // Jobs that may fail, as their APIs mark them.
  holds: (hit) => {
    const marked = /"(?:soft_failed|allow_failure)": ?true/;
    return hit.near(marked, 8) === undefined && hit.near(marked, -8) === undefined;
  },
  confidence: 0.95,
  says: (hit) => {
    const agent = /^\s*"/.test(hit.line.inner) ? hit.near(/"hostname": ?"([^"]+)"/, 8)?.match[1] : undefined;
    return `The job lost its runner (${quoted(hit.line.inner.trim(), 180)}${agent === undefined ? '' : `, \`${agent}\``})`;
  },
  remedies: () => [
    look('See the state of the runner: memory, disk, preemption'),
    change('Start the job again; bring runners up'),
  ],
});

const outOfMemory = lineKind({
  kind: 'ci-out-of-memory',
  pipelineOnly: true,
  title: 'The job ran out of memory',
  about: 'The kernel killed a process (exit code 137), or a tool reached its heap limit.',
  remedy: 'Give the job more memory, or let the tool use less: fewer workers, a larger heap limit.',
  patterns: [
    /exit(?:ed with)?(?: code:?| status)? 137\b/,
    /(?:JavaScript heap out of memory|Allocation failed - .*heap)/,
    /(?:java\.lang\.OutOfMemoryError|OutOfMemoryError): (.+)/,
    /^Killed$|: Killed signal terminated program|terminated with signal 9\b|signal: 9, SIGKILL: kill|(?:^|\s)Killed {2,}/,
    /out of memory allocating \d+ bytes|virtual memory exhausted|cannot allocate memory/i,
    /MemoryError$|OOMKilled/,
    /Gradle (?:build )?daemon disappeared unexpectedly/,
    /Worker .* terminated due to reaching memory limit/,
  ],
  except: /Failed to pull|kubelet|CrashLoopBackOff/,
  confidence: 0.94,
  says: (hit) => `The job ran out of memory (${quoted(hit.line.inner, 160)})`,
  also: (hit) => [hit.near(/exit(?:ed with)?(?: code:?| status)? 137\b/, 12)?.line],
  remedies: () => [
    look('See how much memory the runner has and the job takes'),
    change('Run fewer workers, raise the heap limit, or use a larger runner'),
  ],
});

/** What happens to the machine of a job, whatever the job does. */
export const runner = [timedOut, runnerLost, outOfMemory, cancelled];

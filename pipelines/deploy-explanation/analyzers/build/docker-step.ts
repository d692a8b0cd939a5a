import { command } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { OutputLine } from '../../../../src/evidence/outputs.ts';
import { change, look } from '../analyzer.ts';
import { quoted } from '../said.ts';
import { type LineHit, lineKind } from './line-kind.ts';

const SNIPPET = /^(?:#\d+ )?((?:[\w./-]*\/)?[\w.-]*[Dd]ocker[Ff]ile[\w.-]*|(?:[\w./-]*\/)?Containerfile[\w.-]*):(\d+)$/;

/** BuildKit shows a file without its folder, which stands where the build was asked for (`-f apps/web/Dockerfile`, `file: …`). */
function asGiven(hit: LineHit, shown: string): string {
  if (shown.includes('/')) return shown;
  const given = hit.near(/(?:^| )(?:-f|--file|--dockerfile|file:)[ =]+["']?((?:[\w.-]+\/)+[\w.-]+)["']?(?= |$)/, -4000)
    ?.match[1];
  return given?.endsWith(`/${shown}`) ? given.replace(/^\.\//, '') : shown;
}

/** The Dockerfile and line of a failure, where BuildKit shows it; else the step, as its header counts it. */
export function dockerfileAt(hit: LineHit): ObjectRef {
  const shown = hit.near(SNIPPET, 60) ?? hit.near(SNIPPET, -12);
  if (shown !== undefined)
    return { kind: 'Dockerfile', name: asGiven(hit, shown.match[1] ?? 'Dockerfile'), path: `line ${shown.match[2]}` };
  const line = hit.near(/dockerfile parse error (?:on )?line (\d+)/, 3)?.match[1];
  const step = stepOf(hit)?.number;
  const path = line === undefined ? (step === undefined ? undefined : `step ${step}`) : `line ${line}`;
  return { kind: 'Dockerfile', name: 'Dockerfile', ...(path === undefined ? {} : { path }) };
}

/** The line that BuildKit marks in its excerpt of the Dockerfile. */
export function markedLine(hit: LineHit): OutputLine | undefined {
  return (hit.near(/^\s*\d+ \| >>> \S/, 60) ?? hit.near(/^\s*\d+ \| >>> \S/, -12))?.line;
}

interface Step {
  readonly number: string;
  readonly instruction: string;
  readonly line: OutputLine;
  readonly at: number;
}

const STEPS: readonly RegExp[] = [
  /^(?:#\d+ | ?> |=> (?:ERROR )?)?\[(?:[\w./-]+ +)?(\d+\/\d+)\] (.+?):?$/,
  /^Step (\d+\/\d+) : (.+)$/,
  /^STEP (\d+(?:\/\d+)?): (.+)$/,
];

/** The step that a line of a container build belongs to: by BuildKit's number where it has one, else the header above. */
export function stepOf(hit: LineHit): Step | undefined {
  const own = /^#(\d+) /.exec(hit.line.text)?.[1];
  for (let at = hit.at; at >= 0 && hit.at - at < 2000; at--) {
    const line = hit.output.lines[at];
    if (line === undefined) break;
    if (own !== undefined && /^#\d+ /.test(line.text) && !line.text.startsWith(`#${own} `)) continue;
    for (const pattern of STEPS) {
      const match = pattern.exec(line.text);
      if (match !== null) return { number: match[1] ?? '', instruction: match[2] ?? '', line, at };
    }
  }
  return undefined;
}

const TELLING =
  /\b(?:error|fatal|failed|failure|cannot|can't|could not|not found|no such|denied|undefined|unknown|missing|invalid|unable|has no|panic)\b/i;
const ECHO =
  /^ERROR: process|did not complete successfully|returned a non-zero code|^make(\[\d+\])?: \*\*\*|^ERROR: failed to solve/;

/** That a program ends, and not why: `deploy.sh: giving up`. */
const ENDS = /^\s*(?:\S+: )?(?:giving up|abort(?:ing|ed)?|exit(?:ing|ed)?|stopp?(?:ing|ed)?|bye|done)[.! ]*$/i;

/** The command's own decisive line: the first of its step that speaks of an error, else its last one. */
function decisive(hit: LineHit, step: Step | undefined): OutputLine | undefined {
  const own = /^#(\d+) /.exec(hit.line.text)?.[1];
  const said = hit.output.lines
    .slice((step?.at ?? Math.max(0, hit.at - 40)) + 1, hit.at)
    .filter((line) => (own === undefined || line.text.startsWith(`#${own} `)) && line.inner.trim() !== '')
    .filter((line) => !ECHO.test(line.inner) && !/^ ---> |^-{5,}$|^ > \[/.test(line.text));
  const telling = said.filter((line) => TELLING.test(line.inner));
  return (
    telling.find((line) => !/^\s*(?:\S+: )?warn(?:ing)?\b/i.test(line.inner)) ??
    telling[0] ??
    said.findLast((line) => !ENDS.test(line.inner)) ??
    said.at(-1)
  );
}

export const stepFailed = lineKind({
  kind: 'docker-step-failed',
  rank: 'step',
  title: 'A step of the image build fails',
  about: 'A command that the Dockerfile runs ends with an error; the image is not made.',
  remedy: "Correct what the command's own lines name, or the step in the Dockerfile.",
  patterns: [
    /process "(.+)" did not complete successfully: (?:exit code: (\d+)|(.+))/,
    /The command '(.+)' returned a non-zero code: (\d+)/,
    /error building at STEP "(.+)": .*exit status (\d+)/,
    /error building image: error building stage: failed to execute command: (.*)exit status (\d+)/,
  ],
  confidence: 0.9,
  says: (hit) => {
    const step = stepOf(hit);
    const words = decisive(hit, step);
    const line = (step?.instruction ?? hit.match[1] ?? '').replace(/^RUN /, '');
    const code = hit.match[2] === undefined ? '' : ` (exit code ${hit.match[2]})`;
    return `The image is not built: step ${step?.number ?? ''} ${quoted(line, 160)} fails${code}${words === undefined ? '' : `: ${quoted(words.inner)}`}`.replace(
      'step  ',
      'the step ',
    );
  },
  object: dockerfileAt,
  rulesOut: [{ kind: 'docker-base-image-missing', why: 'a step of the image build ran, so its base image was there' }],
  also: (hit) => [decisive(hit, stepOf(hit)), markedLine(hit) ?? stepOf(hit)?.line],
  remedies: () => [
    look('Build again with all lines of the step', command('docker', 'build', '--progress=plain', '--no-cache', '.')),
    change('Correct the step, or what it runs on'),
  ],
});

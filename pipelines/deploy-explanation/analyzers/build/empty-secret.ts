import { failedStepStart, jobEnd, type Output, type OutputLine } from '../../../../src/evidence/outputs.ts';
import { change, look } from '../analyzer.ts';
import { citeOutput, type Sighted } from '../output-analyzer.ts';

/** Names that are given to secrets. */
const SECRET = /^\s*([A-Z][A-Z0-9_]*(?:TOKEN|KEY|SECRET|PASSWORD|CREDENTIALS|PAT)):\s*$/;

/**
 * GitHub Actions shows the environment of a step below what it runs, with stars for each secret. A name without a value is empty. Where
 * the step uses it (`$NAME`, or a word of it in what is said) and fails, and nothing else says why, that is why.
 */
export function emptySecret(output: Output): Sighted[] {
  const end = jobEnd(output);
  if (end === undefined || end.passed) return [];
  const start = failedStepStart(output, end.at);
  const step = output.lines.slice(start, end.at);
  const closes = step.findIndex(({ text }) => text.startsWith('##[endgroup]'));
  const environment = step.findIndex(({ text }, at) => at < closes && text === 'env:');
  if (!(step[0]?.text.startsWith('##[group]Run ') ?? false) || environment < 0) return [];
  const uses = (name: string, { text }: OutputLine) => new RegExp(`(?<![\\w.])\\$?\\{?${name}\\b(?!:\\s*$)`).test(text);
  for (const line of step.slice(environment + 1, closes)) {
    const name = SECRET.exec(line.text)?.[1];
    const used = name === undefined ? undefined : step.find((other) => uses(name, other));
    if (name === undefined || used === undefined) continue;
    return [
      {
        at: end.at,
        draft: {
          object: { kind: 'CiVariable', name },
          summary: `A secret of the job is not given: the step uses \`${name}\`, which is empty`,
          confidence: 0.84,
          severity: 'failed',
          citations: [citeOutput(line), citeOutput(used), citeOutput(output.lines[end.at])],
          remedies: [
            look('See whether it is defined, and whether this branch, fork or environment may see it'),
            change('Define it where the job may see it', 'medium'),
          ],
        },
      },
    ];
  }
  return [];
}

import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { change, look } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { AUTH, INVALID, RATE } from './image-kinds.ts';

/** The registry's own answer, as far as the message has one. */
function answered(text: string): string {
  const said =
    /\b40[13] (?:Forbidden|Unauthorized)\b|\b(?:no basic auth credentials|insufficient_scope)\b|\bdenied: [^"\n]{1,80}/.exec(
      text,
    )?.[0];
  return said === undefined ? '' : ` (\`${said.trim()}\`)`;
}

export const imagePullDenied = imageAnalyzer({
  kind: 'image-pull-denied',
  title: 'The registry refuses the pull',
  about:
    'The registry asks for credentials or finds them insufficient. Docker Hub answers the same for a repository that does not exist.',
  remedy: 'Check the name; for a private image give the pod an imagePullSecret that may read it.',
  pattern: AUTH,
  unless: new RegExp([RATE, INVALID].map((p) => p.source).join('|'), 'i'),
  confidence: 0.92,
  summary: ({ image, text }) =>
    /does not exist/.test(text)
      ? `the image \`${image}\` cannot be pulled: its repository does not exist, or is private and the pull has no valid credentials`
      : `the image \`${image}\` cannot be pulled: the registry refuses the credentials (or there are none)${answered(text)}`,
  remedies: ({ image, pod }) => [
    look(
      'See which pull secrets the pod has',
      pod === undefined ? undefined : get(pod.ref, '-o', 'jsonpath={.spec.imagePullSecrets}'),
    ),
    change(`Correct the image name \`${image}\` if it is mistyped`),
    change('Add or renew the imagePullSecret of the pod or its service account', 'medium'),
  ],
});

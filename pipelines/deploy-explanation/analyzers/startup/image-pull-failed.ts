import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { DEPTH, look } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { AUTH, INVALID, MISSING, NEVER, PLATFORM, RATE, UNREACHABLE } from './image-kinds.ts';

export const imagePullFailed = imageAnalyzer({
  kind: 'image-pull-failed',
  title: 'The image cannot be pulled',
  about: 'The pod waits for its image and the evidence holds no message that says why.',
  remedy: "Read the pod's events: they hold the registry's answer.",
  pattern: /^/,
  unless: new RegExp([AUTH, RATE, INVALID, PLATFORM, UNREACHABLE, MISSING, NEVER].map((p) => p.source).join('|'), 'i'),
  confidence: 0.75,
  depth: DEPTH.image + 2,
  summary: ({ image }) => (image === '' ? 'its image cannot be pulled' : `the image \`${image}\` cannot be pulled`),
  remedies: ({ pod }) => [
    look("Read the registry's answer in the events", pod === undefined ? undefined : describe(pod.ref)),
  ],
});

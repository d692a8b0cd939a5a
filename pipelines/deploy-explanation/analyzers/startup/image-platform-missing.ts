import { command } from '../../../../src/evidence/commands/shell.ts';
import { imageOf } from '../../commands/images.ts';
import { change, look } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { PLATFORM } from './image-kinds.ts';

export const imagePlatformMissing = imageAnalyzer({
  kind: 'image-platform-missing',
  title: "The image has no build for the node's platform",
  about: 'The image exists, but not for the architecture or system of the node.',
  remedy: 'Build the image for that platform, or schedule the pod on nodes that fit.',
  pattern: PLATFORM,
  confidence: 0.96,
  summary: ({ image }) => `\`${image}\` has no build for the node's architecture`,
  remedies: ({ image }) => [
    look('See the platforms of the image', command('docker', 'manifest', 'inspect', imageOf(image))),
    change('Build the image for the platform of the nodes'),
  ],
});

import { change } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { NEVER } from './image-kinds.ts';

export const imageNeverPulled = imageAnalyzer({
  kind: 'image-never-pulled',
  title: 'imagePullPolicy Never, and the image is not on the node',
  about: 'The pull policy forbids pulling, and the node does not have the image.',
  remedy: 'Load the image onto the node, or set imagePullPolicy to IfNotPresent.',
  pattern: NEVER,
  confidence: 0.97,
  summary: ({ image }) => `imagePullPolicy is Never and \`${image}\` is not on the node`,
  remedies: () => [change('Set imagePullPolicy to IfNotPresent, or load the image onto the node')],
});

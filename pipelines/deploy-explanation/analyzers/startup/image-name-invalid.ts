import { change } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { INVALID } from './image-kinds.ts';

export const imageNameInvalid = imageAnalyzer({
  kind: 'image-name-invalid',
  title: 'The image name is malformed',
  about: 'The image reference does not parse: capitals in the repository, an empty tag, stray characters.',
  remedy: 'Correct the reference; often a template variable stayed empty.',
  pattern: INVALID,
  confidence: 0.97,
  summary: ({ image }) => `\`${image}\` is no valid image reference`,
  remedies: ({ image }) => [
    change(`Write a valid reference instead of \`${image}\` (look for an empty variable in its template)`),
  ],
});

import { tagsOf } from '../../commands/images.ts';
import { change, look } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { AUTH, INVALID, MISSING, PLATFORM, RATE, UNREACHABLE } from './image-kinds.ts';

export const imageNotFound = imageAnalyzer({
  kind: 'image-not-found',
  title: 'The image does not exist',
  about: 'The registry answered, and says that it has no such repository, tag or digest.',
  remedy: 'Correct the image name or tag, or push the image; roll back if the tag came with this deploy.',
  pattern: MISSING,
  unless: new RegExp([AUTH, RATE, INVALID, PLATFORM, UNREACHABLE].map((p) => p.source).join('|'), 'i'),
  confidence: 0.95,
  summary: ({ image }) => `the registry has no image \`${image}\` (wrong name, tag or digest, or it was never pushed)`,
  remedies: ({ image }) => [
    look('Ask the registry which tags it has', tagsOf(image)),
    change(`Set the image to a tag that exists, or push \`${image}\``),
  ],
});

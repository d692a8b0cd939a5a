import { change, look } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { RATE } from './image-kinds.ts';

export const imageRateLimited = imageAnalyzer({
  kind: 'image-rate-limited',
  title: 'The registry limits pulls',
  about: 'The registry answered 429: too many pulls from this address or account.',
  remedy: 'Wait, pull with an account, or pull from a mirror.',
  pattern: RATE,
  confidence: 0.96,
  summary: ({ image }) => `the registry's pull rate limit is reached for \`${image}\``,
  remedies: () => [
    look('Wait until the limit resets; the kubelet tries again by itself'),
    change('Pull through an account or a registry mirror', 'medium'),
  ],
});

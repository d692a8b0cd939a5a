import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

export const limitRangeViolated = denial({
  kind: 'limit-range-violated',
  title: 'A limit range forbids the requests or limits',
  about: 'Requests or limits of a container lie outside the LimitRange of the namespace.',
  remedy: 'Bring requests and limits into the range, or change the LimitRange.',
  pattern:
    /(maximum|minimum) (\S+) usage per (Container|Pod|PersistentVolumeClaim) is (\S+?), but (?:limit|request) is (\S+?)(?:[\s.,]|$)|(?:max|min)imum (?:cpu|memory) (?:limit|request)/,
  confidence: 0.96,
  says: (match) =>
    `the LimitRange allows a ${match[1] ?? ''} ${match[2] ?? ''} of ${match[4] ?? ''} per ${match[3] ?? 'Container'}, and it asks for ${match[5] ?? 'something else'}`,
  remedies: () => [
    look('See the ranges', 'kubectl describe limitrange'),
    change('Bring requests and limits into the range'),
  ],
});

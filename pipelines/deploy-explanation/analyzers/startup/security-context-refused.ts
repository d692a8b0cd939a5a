import { change } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

export const securityContextRefused = containerAnalyzer({
  kind: 'security-context-refused',
  title: 'The security context forbids this image',
  about: 'runAsNonRoot is set, and the image runs as root or as a user that has a name instead of a number.',
  remedy: 'Set runAsUser to a number other than 0, or build the image with a numeric USER.',
  pattern:
    /container has runAsNonRoot and image (?:will run as root|has non-numeric user \(?([^),]*)\)?)|runAsNonRoot.*(?:root|non-numeric)/,
  confidence: 0.96,
  field: 'securityContext',
  says: (match) =>
    match[1] === undefined
      ? 'runAsNonRoot is set, and the image runs as root'
      : `runAsNonRoot is set, and the image's user \`${match[1]}\` is not numeric`,
  remedies: () => [change('Set securityContext.runAsUser to a number other than 0', 'medium')],
});

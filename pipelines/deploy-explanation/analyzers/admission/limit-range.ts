import { inNamespace } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

export const limitRangeViolated = denial({
  kind: 'limit-range-violated',
  title: 'A limit range forbids the requests or limits',
  about: 'Requests or limits of a container lie outside the LimitRange of the namespace.',
  remedy: 'Bring requests and limits into the range, or change the LimitRange.',
  // The words of Kubernetes' LimitRanger plugin (plugin/pkg/admission/limitranger).
  pattern:
    /(maximum|minimum) (\S+) usage per (Container|Pod|PersistentVolumeClaim) is (\S+?)(?:, but (?:limit|request) is (\S+?)[.,]?(?:\s|$)|\.\s+No (?:limit|request) is specified)|(?:max|min)imum (?:cpu|memory) (?:limit|request)|(\S+) max limit to request ratio per (Container|Pod) is (\S+?), but/,
  confidence: 0.96,
  says: ([, bound, resource, unit, allowed, asked, ofRatio, ratioUnit, ratio]) =>
    ofRatio === undefined
      ? `the LimitRange allows a ${bound ?? ''} ${resource ?? ''} of ${allowed ?? ''} per ${unit ?? 'Container'}, and it asks for ${asked ?? 'something else'}`
      : `the LimitRange allows a ${ofRatio} limit of ${ratio} times the request per ${ratioUnit}, and it asks for more`,
  remedies: (_match, message, subject) => [
    look(
      'See the ranges',
      command(
        'kubectl',
        'describe',
        'limitrange',
        inNamespace(message.object?.namespace === undefined ? subject : message.object),
      ),
    ),
    change('Bring requests and limits into the range'),
  ],
});

import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { change, DEPTH, look } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

export const lifecycleHookFailed = containerAnalyzer({
  kind: 'lifecycle-hook-failed',
  title: 'The postStart hook of the container fails',
  about: 'The command or request of lifecycle.postStart ends with an error, so the kubelet kills the container.',
  remedy: 'Correct the command of the hook, or do its work in the program or an init container.',
  depth: DEPTH.config + 1,
  pattern: /FailedPostStartHook|PostStartHook(?:Error)?\b[^\n]{0,300}|[Ee]xec lifecycle hook[^\n]{0,300}/,
  confidence: 0.92,
  says: (match) => `its postStart hook fails (${match[0].slice(0, 200)})`,
  field: 'lifecycle.postStart',
  remedies: (_match, pod) => [
    look('Read the hook', get(pod.ref, '-o', 'jsonpath={.spec.containers[*].lifecycle}')),
    change('Correct the command of the hook, or move it into an init container'),
  ],
});

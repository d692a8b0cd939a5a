import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { type Analyzer, change, DEPTH, look } from '../analyzer.ts';
import { quoted } from '../said.ts';
import { unsaidConfigErrors } from './config-error.ts';
import { containerAnalyzer } from './container-errors.ts';

const told = containerAnalyzer({
  kind: 'container-creation-failed',
  title: 'The runtime cannot make the container',
  about:
    'The kubelet or the container runtime reports an error before the program is started (CreateContainerError, RunContainerError, StartError), and no other kind knows its words.',
  remedy: 'Read the error: it names what of the pod the runtime cannot put into effect.',
  depth: DEPTH.unexplainedCrash - 1,
  pattern:
    /(?:failed to (?:create|start|reserve|generate) (?:containerd |shim |the )?(?:container|task|spec)\b|error (?:creating|starting) container|Container ?(?:Cannot ?Run|could not be created)|OCI runtime (?:create|start|exec) failed|runc create failed|unable to start container process)[\s\S]{0,400}/i,
  except: /probe (?:failed|errored)|PostStartHook|PreStopHook|context deadline exceeded|name "?\S+"? is reserved/i,
  confidence: 0.72,
  says: (match) => `the runtime cannot make its container (${quoted(match[0], 260)})`,
  remedies: (_match, pod) => [
    look('Read the events of the pod', describe(pod.ref)),
    change('Correct what the error names in the pod template', 'medium'),
  ],
});

/** What the runtime says when it makes no container; every kind that knows the words stands before it. */
export const containerCreationFailed: Analyzer = {
  ...told,
  find: (view) => [...told.find(view), ...unsaidConfigErrors(view)],
};

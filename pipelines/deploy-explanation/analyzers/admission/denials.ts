import { DEPTH } from '../analyzer.ts';
import { type MessageKind, messageAnalyzer, stillFails } from '../message-analyzer.ts';

type Denial = Omit<MessageKind, 'stage' | 'depth' | 'holds' | 'except'> & { except?: RegExp; depth?: number };

/** An analyzer for something the API server refuses. A pod's own old event does not count once the pod is ready. */
export function denial(definition: Denial) {
  return messageAnalyzer({
    stage: 'admission',
    depth: DEPTH.admission,
    ...definition,
    holds: (_match, message, view) => stillFails(message, view),
  });
}

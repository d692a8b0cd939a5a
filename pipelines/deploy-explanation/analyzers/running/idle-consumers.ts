import { citeLines } from '../../../../src/evidence/cite.ts';
import type { Citation } from '../../../../src/evidence/model.ts';
import type { View } from '../../view.ts';

/** Kafka's own words for a group that nobody reads in. */
const IDLE = /^(?:Warning: )?Consumer group '([^']+)' has no active members\.?\s*$/;

/** The line that says of a consumer group called after a workload (`billing-export`, `billing-export-v2`) that nobody reads in it. */
export function idleGroupOf(view: View, workload: string): Citation | undefined {
  for (const item of view.scene.items)
    for (const [index, line] of item.text.split('\n').entries()) {
      const group = IDLE.exec(line)?.[1];
      if (group === workload || group?.startsWith(`${workload}-`) === true) return citeLines(item, index);
    }
  return undefined;
}

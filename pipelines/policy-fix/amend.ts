import type { JsonObject } from '../../src/manifest/json.ts';
import type { Proposal } from './fixers/fixer.ts';
import type { Ask } from './minimise.ts';
import type { Progress } from './search.ts';
import { noWorse, tally } from './tally.ts';

/** An object as it would be by other edits than those accepted so far. */
export interface Amended {
  readonly progress: Progress;
  readonly accepted: readonly Proposal[];
  readonly object: JsonObject;
}

/** Asks about objects with other edits, in one question called `name`, and takes those by which no policy is worse off. */
export async function amend(name: string, all: readonly Amended[], ask: Ask): Promise<void> {
  if (all.length === 0) return;
  const verdicts = await ask(
    name,
    all.map(({ progress, object }) => ({ resource: progress.resource, object })),
  );
  for (const [i, { progress, accepted, object }] of all.entries()) {
    const violations = verdicts[i] ?? [];
    if (!noWorse(tally(violations), tally(progress.violations))) continue;
    progress.object = object;
    progress.accepted = accepted;
    progress.violations = violations;
  }
}

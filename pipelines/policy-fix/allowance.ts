import { judgedApart } from '../../src/policy/apart.ts';
import type { Progress } from './search.ts';
import type { Workspace } from './workspace.ts';

/** Trials of single edits, where each is a start of an engine: of one object, and of a whole run. */
const MOST_OF_OBJECT = 40;
const MOST_OF_RUN = 160;

/** How much may still be tried out of what is not known to help. What was found is always verified and shrunk. */
export interface Allowance {
  /** As many of the trials of an object, the first first, as it may still have; they count. */
  take<T>(progress: Progress, trials: readonly T[]): readonly T[];
  /** What was left out, for people. */
  notes(): readonly string[];
}

/** Everything may be tried where many trials go into one start of an engine; else so many. */
export function allowanceFor({ policies, resources }: Workspace): Allowance {
  const apart = judgedApart(policies.map(({ json }) => json));
  const spent = new Map<number, number>();
  const cut = new Set<number>();
  let all = 0;
  return {
    take(progress, trials) {
      if (apart.length === 0) return trials;
      const { resource } = progress;
      const own = spent.get(resource) ?? 0;
      const taken = trials.slice(0, Math.max(0, Math.min(MOST_OF_OBJECT - own, MOST_OF_RUN - all)));
      spent.set(resource, own + taken.length);
      all += taken.length;
      if (taken.length < trials.length) cut.add(resource);
      return taken;
    },
    notes() {
      if (cut.size === 0) return [];
      const names = [...cut].map((at) => {
        const { kind, metadata } = (resources[at]?.object ?? {}) as { kind?: unknown; metadata?: { name?: unknown } };
        return `${kind}/${metadata?.name}`;
      });
      const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
      return [
        `the search for edits of ${shown} was cut short: ${apart[0]} has to see each trial by itself, and as many as are tried were; what was found stands, and more may be possible`,
      ];
    },
  };
}

import { named, type View } from '../view.ts';
import type { Analyzer, Draft } from './analyzer.ts';

/** The same kind, told by something else than what it is mostly told by. Of one object that goes first. */
export function alsoTold(analyzer: Analyzer, ...others: readonly ((view: View) => readonly Draft[])[]): Analyzer {
  return {
    ...analyzer,
    find: (view) => {
      const found = others.flatMap((find) => find(view));
      const known = new Set(found.map(({ object }) => named(object)));
      return [...found, ...analyzer.find(view).filter(({ object }) => !known.has(named(object)))];
    },
  };
}

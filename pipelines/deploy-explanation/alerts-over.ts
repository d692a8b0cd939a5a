import { citeText } from '../../src/evidence/cite.ts';
import type { Citation } from '../../src/evidence/model.ts';
import type { View } from './view.ts';

const MAX_SHOWN = 3;

/** Alerts that were given and are over: who asks about one wants to know that it is, and since when. */
export function alertsOver(
  view: View,
): { readonly summary: string; readonly citations: readonly Citation[] } | undefined {
  const over = view.scene.alerts.filter(({ status }) => /^resolved$/i.test(status)).slice(0, MAX_SHOWN);
  if (over.length === 0) return undefined;
  return {
    summary: over
      .map(({ name, endsAt }) => `The alert \`${name}\` is resolved${endsAt === undefined ? '' : ` since ${endsAt}`}.`)
      .join(' '),
    citations: over.flatMap(({ item, name }) => citeText(item, /"?resolved\b/i) ?? citeText(item, name) ?? []),
  };
}

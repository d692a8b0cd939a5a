import type { Json } from '../../json.ts';
import { UNNAMED } from '../cut-off.ts';

const HEALTH = /^(Healthy|Progressing|Degraded|Suspended|Missing|Unknown)\b/;
const SYNC = /^(Synced|OutOfSync|Unknown)\b/;
/** How the panel says how the last operation ended. */
const PHASES: Readonly<Record<string, string>> = {
  'sync ok': 'Succeeded',
  'sync failed': 'Failed',
  'sync error': 'Error',
  syncing: 'Running',
  terminated: 'Failed',
};
const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
/** A title of the panel: what stands below it is no name. */
const TITLE = /^[A-Z]{3,}(?: [A-Z]+)*$/;
/** How whoever copied the panel calls it: `app web-1`, `Application: shop/web`, the address of its page. Behind a blank alone a plain word may be any. */
const CALLED =
  /\b[Aa]pp(?:lication)?s?(?:[:/]| [›>»]|(?= (?!out-of-)[a-z]+[-\d]))[ ]?(?:[a-z0-9-]+\/)?([a-z0-9][a-z0-9-]*[a-z0-9])(?=[?:,\s]|$)/;

/** An Application as the panel above its tree shows it in Argo CD: titles in capitals, below each what it is. Its line, too. */
export function applicationPanel(
  lines: readonly string[],
): { readonly object: Json; readonly index: number } | undefined {
  const titles = lines.map((line) => line.trim().toUpperCase());
  const below = (title: string) => {
    const at = titles.indexOf(title);
    return at < 0 || lines[at]?.trim() !== title
      ? ''
      : (lines.slice(at + 1).find((line) => line.trim() !== '') ?? '').trim();
  };
  const health = HEALTH.exec(below('APP HEALTH'))?.[1];
  const sync = SYNC.exec(below('SYNC STATUS') || below('CURRENT SYNC STATUS'))?.[1];
  if (health === undefined || sync === undefined) return undefined;
  const head = titles.indexOf('APP HEALTH');
  const alone = lines.findLastIndex(
    (line, at) => at < head && NAME.test(line.trim()) && !TITLE.test(lines[at - 1]?.trim() ?? ''),
  );
  const index = alone >= 0 ? alone : lines.findLastIndex((line, at) => at < head && CALLED.test(line));
  const name = alone >= 0 ? lines[alone]?.trim() : CALLED.exec(lines[index] ?? '')?.[1];
  const phase = PHASES[(below('LAST SYNC') || below('LAST SYNC RESULT')).toLowerCase().replace(/ (?:to|from) .*$/, '')];
  return {
    index: Math.max(index, 0),
    object: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: name ?? UNNAMED },
      status: {
        health: { status: health },
        sync: { status: sync },
        ...(phase === undefined ? {} : { operationState: { phase } }),
      },
    },
  };
}

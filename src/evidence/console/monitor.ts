import type { Json } from '../../json.ts';
import { NAMELESS } from '../parse/container.ts';

/** States of containers in the words of monitors, and as Kubernetes calls them. */
const STATES: readonly (readonly [RegExp, string])[] = [
  [/^crash ?loop ?back ?off$/i, 'CrashLoopBackOff'],
  [/^image ?pull ?back ?off$/i, 'ImagePullBackOff'],
  [/^err ?image ?pull$/i, 'ErrImagePull'],
  [/^create ?container ?config ?error$/i, 'CreateContainerConfigError'],
];
/** Datadog's monitors of Kubernetes: `Pod web-0 is CrashloopBackOff on namespace shop`. */
const SAID =
  /\bpod ([a-z0-9][a-z0-9.-]*) is (?:in )?((?:crash|image|err|create)[A-Za-z ]{6,30}?)(?: on (?:namespace )?([a-z0-9-]+))?(?=[\s.,;]*$)/i;
/** How a notification says in its line, or in its title above, that it is over. */
const OVER = /^\W{0,3}(?:\[?(?:Recovered|Resolved)\b|\[OK\]|OK\s*:)/i;

/** The pods that a monitor's notification says wait, with the line that says it of each. */
export function podsOfMonitor(lines: readonly string[]): { readonly object: Json; readonly index: number }[] {
  const found = new Map<string, { object: Json; index: number }>();
  const over = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const [, name = '', said = '', namespace] = line.length > 1000 ? [] : (SAID.exec(line) ?? []);
    const reason = STATES.find(([words]) => words.test(said.trim()))?.[1];
    if (name === '' || reason === undefined || found.has(name)) continue;
    if ([lines[index - 1] ?? '', line].some((one) => OVER.test(one))) {
      over.add(name);
      continue;
    }
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
    const waits = { name: NAMELESS, ready: false, restartCount: 0, state: { waiting: { reason } } };
    found.set(name, { object: { kind: 'Pod', metadata, status: { containerStatuses: [waits] } }, index });
  }
  return [...found].flatMap(([name, one]) => (over.has(name) ? [] : [one]));
}

import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import type { ContainerView, PodView } from '../../../../src/evidence/pods.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';
import { about, type View } from '../../view.ts';
import { podOfLog } from '../startup/log-errors.ts';

/** Ends of a container that was told to end (SIGTERM) or made to (SIGKILL): programs that clean up end with 0. */
const TOLD_TO_END: ReadonlySet<number | undefined> = new Set([undefined, 0, 137, 143]);

/** The probe for which the kubelet ends a container, by its `Killing` event; undefined where the container ends by itself. */
export function killingProbe(
  view: View,
  pod: PodView,
  container: ContainerView,
): { probe: 'liveness' | 'startup'; message: ReturnType<typeof about>[number] } | undefined {
  const ended = container.last ?? container.terminated;
  if (!TOLD_TO_END.has(ended?.exitCode) || ended?.reason === 'OOMKilled') return undefined;
  for (const message of about(view, pod.ref)) {
    if (message.reason !== 'Killing') continue;
    const [, name, probe] = /(?:Container (\S+) )?failed (liveness|startup) probe/.exec(message.text) ?? [];
    if (probe === undefined || (name !== undefined && name !== container.name && container.name !== '')) continue;
    return { probe: probe as 'liveness' | 'startup', message };
  }
  return undefined;
}

/** How programs say that they were told to end. */
const TOLD =
  /\bSIG(?:TERM|INT|QUIT)\b|\b(?:received|caught|got)\b.{0,20}\bsignal\b|\bsignal (?:15|terminated|received)\b|\b(?:graceful(?:ly)?|shutting|going) (?:down|stop|shutdown)|\bshutdown (?:requested|initiated|signal)/i;

/**
 * What a container's program was at when it was told to end: the last line before it says so. Undefined for a log that does not
 * say so: it may be of another run.
 */
export function lastWords(view: View, pod: PodView): { log: SceneLog; line: LogLine } | undefined {
  for (const log of view.scene.logs) {
    if (podOfLog(view, log) !== pod) continue;
    const told = log.lines.findLastIndex(({ text }) => TOLD.test(text.slice(0, 500)));
    const first = log.lines.findIndex(({ text }, index) => TOLD.test(text.slice(0, 500)) && index > told - 20);
    const line = log.lines.slice(0, Math.max(0, first)).findLast(({ text }) => text.trim() !== '');
    if (line !== undefined) return { log, line };
  }
  return undefined;
}

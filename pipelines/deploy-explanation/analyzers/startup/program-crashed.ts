import type { PodView } from '../../../../src/evidence/pods.ts';
import { DEPTH } from '../analyzer.ts';
import { turnsAway } from './credentials-refused.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';

/** Uncaught errors of common runtimes. Kinds that know the reason stand above it. */
const PATTERN =
  /^panic: .+|^fatal error: .+|Unhandled(?: promise)? ?[Rr]ejection.*|^Unhandled exception\. .+|^Uncaught .+|Exception in thread "[^"]+" .+|^(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception): .+|\b(?:FATAL|PANIC|CRITICAL|FTL)\b.+|[Ss]egmentation fault|UnsupportedClassVersionError\b.*|^Error: LinkageError .+|thread '[^']+' (?:\(\d+\) )?panicked at .+|^\S+:\d+:in [`'][^\n]+': .+ \((?:[A-Z]\w*(?:::[A-Z]\w*)*)\)$/;

/** Whether all containers of the pod that ended did so in order: by themselves (0), or as they were told to (SIGTERM). */
function endedInOrder(pod: PodView | undefined): boolean {
  const ends = (pod?.containers ?? []).flatMap(({ terminated, last }) => terminated ?? last ?? []);
  return ends.length > 0 && ends.every(({ exitCode }) => exitCode === 0 || exitCode === 143);
}

/** `[CRITICAL] orders: p99 latency 3437 ms`: what a monitoring tool lists is about a program, and not its log. */
function isReport({ pod, log, line }: LogHit): boolean {
  const asked = log.item.command;
  return (
    pod === undefined &&
    asked !== undefined &&
    !/\blogs?\b|journal|stern|\b(?:tail|cat|less|head|docker|podman|crictl)\b/.test(asked) &&
    /^\[?(?:CRITICAL|FATAL)\]?\s+[\w./-]+:\s/.test(line.text)
  );
}

export const programCrashed = {
  ...logAnalyzer({
    kind: 'program-crashed',
    title: 'The program ends with an error of its own',
    about:
      'The log shows an uncaught error or a fatal line of no known kind: a fault in the program, or in what it was given.',
    remedy: 'Give the trace to the authors; roll back if it came with this deploy.',
    pattern: PATTERN,
    fatal: true,
    except: /health ?check|probe/i,
    holds: (hit) => !endedInOrder(hit.pod) && !turnsAway(hit.line.raw) && !isReport(hit),
    confidence: 0.7,
    says: (hit) => `\`${hit.told(220)}\``,
    remedies: () => [],
  }),
  depth: DEPTH.crash + 5,
};

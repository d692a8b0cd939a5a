import { citeLines } from '../../../../src/evidence/cite.ts';
import { endedLogs } from '../../../../src/evidence/commands/kubectl.ts';
import { getsOver } from '../../../../src/evidence/job-at-work.ts';
import { toldAt } from '../../../../src/evidence/logs/announced.ts';
import { decisiveLine } from '../../../../src/evidence/logs/decisive.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import { type ContainerView, isEvicted, type PodView, triedAgain } from '../../../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { documentedCode } from '../../documented-codes.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { jobFailure } from '../running/jobs.ts';
import { killingProbe } from '../running/killed-by-probe.ts';
import { endedByEviction } from '../running/pod-evicted.ts';

/** Containers that end again and again (or ended for good with an error), and are not up now. */
function crashing(view: View): { pod: PodView; container: ContainerView }[] {
  return view.troubled.flatMap((pod) => {
    // Whoever is evicted is told to end.
    if (isEvicted(pod)) return [];
    if (triedAgain(view.pods, pod) || endedByEviction(view, pod)) return [];
    const owner = findObject(view.scene, workloadOf(view.scene, pod.ref));
    if (owner !== undefined && getsOver(owner)) return [];
    const own = pod.containers.filter(
      (c) =>
        c.waiting?.reason === 'CrashLoopBackOff' ||
        (c.terminated !== undefined && (c.terminated.exitCode ?? 0) !== 0) ||
        c.terminated?.reason === 'Error' ||
        (!c.running && c.last !== undefined && c.restarts > 0 && c.ready !== true),
    );
    const byRow =
      own.length === 0 &&
      (/CrashLoopBackOff|^(Init:)?Error$/.test(pod.rowStatus ?? '') ||
        (pod.phase === '' && backsOff(view, pod) !== undefined))
        ? pod.containers.slice(0, 1)
        : [];
    return [...own, ...byRow].slice(0, 1).map((container) => ({ pod, container }));
  });
}

/** The kubelet's word that a container ends again and again, for pods that only events name. */
function backsOff(view: View, pod: PodView) {
  return about(view, pod.ref).find((message) => /Back-off restarting failed/.test(message.text));
}

/** What exit codes mean by convention: 126–127 of shells, 128 + signal number otherwise. */
function exitMeaning(code: number | undefined): string {
  switch (code) {
    case undefined:
      return '';
    case 0:
      return 'exit code 0: it ends by itself, without an error';
    case 126:
      return 'exit code 126: the command cannot be executed';
    case 127:
      return 'exit code 127: a command is not found';
    case 134:
      return 'exit code 134: it aborted';
    case 137:
      return 'exit code 137: it was killed (SIGKILL)';
    case 139:
      return 'exit code 139: it crashed (segmentation fault)';
    case 143:
      return 'exit code 143: it was told to end (SIGTERM)';
    default:
      return `exit code ${code}`;
  }
}

/** The line of a pod's logs that tells best why it ended, else their last one, as the next best thing to a known kind. */
function decisiveError(
  view: View,
  pod: PodView,
): { text: string; decisive: boolean; cite: ReturnType<typeof citeLines> } | undefined {
  const own = view.scene.logs.filter(
    (log) =>
      log.pod !== undefined && (sameObject(log.pod, pod.ref) || sameObject(log.pod, workloadOf(view.scene, pod.ref))),
  );
  // The run that crashed says more than the one that has just begun.
  const logs = [...own.filter((log) => log.previous), ...own.filter((log) => !log.previous)];
  for (const find of [decisiveLine, lastLine])
    for (const log of logs) {
      const line = find(log.lines);
      if (line !== undefined)
        return {
          text: toldAt(log.lines, log.lines.indexOf(line), 200).text,
          decisive: find === decisiveLine,
          cite: citeLines(log.item, line.n - log.item.lines.from),
        };
    }
  return undefined;
}

function lastLine(lines: readonly LogLine[]): LogLine | undefined {
  return lines.findLast((line) => line.text.trim() !== '');
}

function gaveUp(view: View, pod: PodView): boolean {
  const workload = workloadOf(view.scene, pod.ref);
  return (
    workload.kind === 'Job' && jobFailure(view, 'BackoffLimitExceeded').some(({ job }) => sameObject(job, workload))
  );
}

export const crashUnexplained: Analyzer = {
  kind: 'crash-unexplained',
  stage: 'startup',
  depth: DEPTH.unexplainedCrash,
  title: 'The container crashes, and nothing known explains it',
  about:
    'The program ends with an error after its start; its log holds no line of a known kind, or is not in the evidence.',
  remedy: 'Read the log of the run before (`kubectl logs --previous`).',
  find: (view) =>
    crashing(view).flatMap(({ pod, container }): Draft[] => {
      const ended = container.last ?? container.terminated;
      const object = changeable(view, pod, container.name);
      const { path: _, ...bare } = object;
      const error = decisiveError(view, pod);
      // That a Job gave up says all that is known of its pods.
      if (error?.decisive !== true && gaveUp(view, pod)) return [];
      const meaning = exitMeaning(ended?.exitCode);
      const killing = killingProbe(view, pod, container);
      const how =
        killing === undefined
          ? `crashes${meaning === '' ? '' : ` (${meaning})`}`
          : `does not crash: the kubelet ends it because its ${killing.probe} probe fails${ended?.exitCode === undefined ? '' : ` (exit code ${ended.exitCode})`}`;
      // What the exit code means to this program only its authors can have written down.
      const document = error?.decisive === true ? undefined : documentedCode(view, ended?.exitCode);
      const means =
        document === undefined ? '' : `; what was read up says of exit code ${ended?.exitCode}: \`${document.said}\``;
      const says = error === undefined ? '; its log is not in the evidence' : `; its log says \`${error.text}\``;
      return [
        {
          object,
          // What a program says when it is told to end is no error; what it was at tells the finding of the probe.
          summary: `${named(bare)}: ${container.init ? (container.name === '' ? 'an init container' : 'init container') : 'container'}${container.init && container.name === '' ? '' : ` \`${container.name}\``} ${how}${killing !== undefined && error?.decisive !== true ? '' : says}${means}`,
          confidence: error === undefined ? (document === undefined ? 0.5 : 0.6) : 0.62,
          severity: 'failed',
          citations: [
            killing?.message.cite(),
            error?.cite,
            document?.citation,
            pod.phase === '' ? backsOff(view, pod)?.cite() : undefined,
            cite(pod.source, /CrashLoopBackOff/) ?? citeAny(pod.source),
            cite(pod.source, /Exit Code:|exitCode/),
          ],
          involves: [bare, pod.ref],
          remedies: [
            look(
              container.restarts > 0 || container.last !== undefined
                ? 'Read the log of the run before'
                : 'Read its log',
              endedLogs(pod, container),
            ),
          ],
        },
      ];
    }),
};

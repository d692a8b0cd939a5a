import { endedLogs, top } from '../../../../src/evidence/commands/kubectl.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { quantity } from '../../../../src/evidence/placement.ts';
import type { ContainerView, PodView } from '../../../../src/evidence/pods.ts';
import { at, text } from '../../../../src/json.ts';
import { literally } from '../../../../src/literal.ts';
import { millisOf } from '../../moments.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { killedOnNode, killedProcess } from './kernel-kill.ts';
import { MEMORY_ASPECTS, memoryCourse } from './memory-course.ts';
import { newestTime } from './newest-time.ts';

const DAY = 86_400;

const HOUR = 3600;
/** Who has now run this many times as long as it did before it was killed is not on its way to the same end. */
const LONGER = 10;

/**
 * Ready, and not restarted for a day, or for hours where it was killed within minutes before: by the table's column, or by
 * the times of the container and of all else that is seen.
 */
function isPast(view: View, pod: PodView): boolean {
  if (!pod.ready) return false;
  const ended = Math.max(...pod.containers.map(({ last }) => millisOf(last?.finishedAt) ?? 0));
  const since = pod.lastRestartAge ?? (ended > 0 ? (newestTime(view) - ended) / 1000 : 0);
  const ran = pod.containers.flatMap(({ last }) => (last?.reason === 'OOMKilled' ? (last.ranFor ?? []) : []));
  const outlived = ran.length > 0 && since > HOUR && ran.every((seconds) => since > seconds * LONGER);
  return since > DAY || outlived;
}

const KERNEL = /Killed process \d+ \(([^)]+)\)[^\n]*?anon-rss:(\d+)kB/;

/**
 * The kernel's word on the node that it killed a process which held as much memory as the container may, where the container's own
 * state only says that it was killed (exit code 137: the process was not the first of the container, or the runtime missed it).
 */
function killedByKernel(view: View, { last, terminated, spec }: ContainerView): Message | undefined {
  const limit = quantity(at(spec, 'resources', 'limits', 'memory'));
  if ((terminated ?? last)?.exitCode !== 137 || limit === undefined) return undefined;
  return view.messages.find((message) => {
    const held = Number(KERNEL.exec(message.text)?.[2] ?? 0) * 1024;
    return held >= limit * 0.9 && held <= limit;
  });
}

export const oomKilled: Analyzer = {
  kind: 'oom-killed',
  stage: 'running',
  depth: DEPTH.memory,
  title: 'Killed for using more memory than its limit',
  about: 'The kernel killed the container (OOMKilled, usually exit code 137) because it reached its memory limit.',
  remedy: 'Raise the memory limit to what it needs, or find the leak; roll back if the limit was lowered.',
  aspects: MEMORY_ASPECTS,
  find: (view) => [
    ...killedProcess(view),
    ...view.pods.flatMap((pod): Draft[] => {
      const killed = pod.containers.find(
        (c) =>
          c.terminated?.reason === 'OOMKilled' ||
          c.last?.reason === 'OOMKilled' ||
          killedByKernel(view, c) !== undefined,
      );
      const message =
        about(view, pod.ref).find(
          (m) => /OOMKill|out of memory|OOMKilling/i.test(`${m.reason} ${m.text}`) && m.origin !== 'output',
        ) ?? (killed === undefined ? undefined : killedByKernel(view, killed));
      const onNode = killed === undefined && message === undefined ? killedOnNode(view, pod) : undefined;
      const told = killed !== undefined || message !== undefined || onNode !== undefined;
      if ((!told && pod.rowStatus !== 'OOMKilled') || isPast(view, pod)) return [];
      const container = killed ?? pod.containers.find((c) => !c.ready) ?? pod.containers[0];
      const limit = text(at(container?.spec, 'resources', 'limits', 'memory'));
      const object = changeable(view, pod, container?.name, 'resources.limits.memory');
      const { path: _, ...bare } = object;
      const course = memoryCourse(pod, container);
      return [
        {
          object,
          ...(course === undefined ? {} : { aspect: course.aspect }),
          summary: `${named(bare)}: container \`${container?.name ?? ''}\` was killed for running out of memory (OOMKilled)${limit === undefined ? '' : `; its limit is ${limit}`}${(container?.restarts ?? 0) > 0 ? `, ${container?.restarts} restarts so far` : ''}${course === undefined ? '' : `; ${course.why}`}`,
          confidence: killed === undefined ? 0.9 : 0.96,
          severity: pod.ready ? 'degraded' : 'failed',
          citations: [
            onNode ?? cite(pod.source, 'OOMKilled') ?? message?.cite(),
            limit === undefined ? undefined : cite(pod.source, new RegExp(`"?memory"?:\\s*"?${literally(limit)}`)),
            message?.cite() ?? citeAny(pod.source),
          ],
          involves: [bare, pod.ref],
          remedies: [
            look('See what it uses', top(pod.ref)),
            ...(course?.aspect === 'leak'
              ? [look('See how its memory grows (steadily, or with the load)', endedLogs(pod, container))]
              : []),
            change(
              `Raise the memory limit of container \`${container?.name ?? ''}\`${limit === undefined ? '' : ` above ${limit}`}, or fix what fills it`,
              'low',
            ),
          ],
          rulesOut: [
            { kind: 'crash-unexplained', why: 'the kernel killed the container; the program did not end by itself' },
          ],
        },
      ];
    }),
  ],
};

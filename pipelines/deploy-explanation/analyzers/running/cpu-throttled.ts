import { citeLines } from '../../../../src/evidence/cite.ts';
import { top } from '../../../../src/evidence/commands/kubectl.ts';
import { measuresIn } from '../../../../src/evidence/measures.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import type { ContainerView, PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { throttlingIn } from '../../../../src/evidence/throttling.ts';
import { at, text } from '../../../../src/json.ts';
import { about, changeable, cite, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { podOf } from '../startup/log-errors.ts';
import { lateAnswer } from './late-answers.ts';

/** Cores of a quantity: `250m`, `2`. */
function cores(quantity: string | undefined): number | undefined {
  const match = /^([\d.]+)(m?)$/.exec(quantity ?? '');
  return match === null ? undefined : Number(match[1]) / (match[2] === 'm' ? 1000 : 1);
}

/** Who uses this share of a limit is at it: `kubectl top` shows an average. */
const AT_LIMIT = 0.9;
/** Who uses this share and is called in vain is held back by a limit of any size. */
const ALL = 0.97;
/** Only a limit as small as this (cores) is suspected for slow answers by use alone. */
const TINY = 0.5;

const LATE = /context deadline exceeded|Client\.Timeout|i\/o timeout|timed out|connection refused/;
/** Probes that fail in a way that no processor time would mend. */
const NOT_LATE = /statuscode: 40\d|HTTP response to HTTPS|executable file not found|no such file/;

interface Sign {
  readonly pod: ObjectRef;
  readonly container?: string;
  readonly said: string;
  readonly confidence: number;
  readonly citation: Citation | undefined;
}

function probesSay(view: View, pod: ObjectRef, pattern: RegExp): boolean {
  return about(view, pod).some(
    (message) => /probe (?:failed|errored)/i.test(message.text) && pattern.test(message.text),
  );
}

/** Rows of `kubectl top pod` whose container uses all that its small limit allows, while its probes are answered too late. */
function busy(view: View): Sign[] {
  return view.scene.items.flatMap((item) => {
    if (!/\btop po/.test(item.command ?? '') && !/CPU\(cores\)/.test(item.text)) return [];
    return item.text.split('\n').flatMap((line, index): Sign[] => {
      const match = /(?:^|\s)([a-z0-9][a-z0-9.-]*)\s+(?:([a-z0-9][a-z0-9-]*)\s+)?(\d+m?)\s+\d+(?:Ki|Mi|Gi)/.exec(line);
      const pod = view.pods.find(({ ref }) => ref.name === match?.[1]);
      if (match === null || pod === undefined) return [];
      const main = pod.containers.filter(({ init }) => !init);
      const container = main.find(({ name }) => name === match[2]) ?? (main.length === 1 ? main[0] : undefined);
      const limit = cores(text(at(container?.spec, 'resources', 'limits', 'cpu')));
      const used = cores(match[3]);
      if (container === undefined || limit === undefined || used === undefined) return [];
      if (used < limit * AT_LIMIT) return [];
      const felt = limit <= TINY && probesSay(view, pod.ref, LATE);
      const late = felt || used < limit * ALL ? undefined : lateAnswer(view, [pod.ref]);
      if (!felt && late === undefined) return [];
      const said = `it uses ${match[3]} of CPU, all that its limit allows`;
      return [{ pod: pod.ref, container: container.name, said, confidence: 0.84, citation: citeLines(item, index) }];
    });
  });
}

/** A share of its time or its periods (0 to 1), in per cent, or seconds of each second, by which a container is held back. */
const THROTTLING = /throttl/i;
const SHARE = 0.25;
const OF_LIMIT = /(?:cpu.*(?:of|vs|to|per|by).?limit|limit.*cpu.*(?:util|usage|ratio|percent))/i;

/** Monitoring's own numbers: throttled far more than usual, or at the limit and late. */
function measured(view: View): Sign[] {
  return view.scene.items.flatMap((item) =>
    measuresIn(item).flatMap(({ subject, metric, value, usual, cite: citation }): Sign[] => {
      const pods = view.pods.filter(({ ref }) => ref.name === subject || workloadOf(view.scene, ref).name === subject);
      const [first] = pods;
      if (first === undefined) return [];
      const part = /percent|pct/i.test(metric) ? value / 100 : value;
      const held = THROTTLING.test(metric) && part >= SHARE && value > usual * 4;
      const late =
        OF_LIMIT.test(metric) &&
        part >= ALL &&
        lateAnswer(
          view,
          pods.map(({ ref }) => ref),
        ) !== undefined;
      if (!held && !late) return [];
      return [
        { pod: first.ref, said: `${metric} is ${value}, usually ${usual}`, confidence: 0.86, citation: citation() },
      ];
    }),
  );
}

function signs(view: View): Sign[] {
  const told = throttlingIn(view.scene).map(
    (one): Sign => ({
      pod: one.pod,
      ...(one.container === undefined ? {} : { container: one.container }),
      said: one.said,
      confidence: 0.9,
      citation: one.cite(),
    }),
  );
  const exact = [...told, ...busy(view)];
  return exact.length > 0 ? exact : measured(view);
}

function containerOf(pod: PodView | undefined, name: string | undefined): ContainerView | undefined {
  const main = pod?.containers.filter(({ init }) => !init) ?? [];
  return main.find((container) => container.name === name) ?? (main.length === 1 ? main[0] : undefined);
}

export const cpuThrottled: Analyzer = {
  kind: 'cpu-throttled',
  stage: 'running',
  depth: DEPTH.probe - 3,
  title: 'The CPU limit throttles the container',
  about:
    'A metric (container_cpu_cfs_throttled_periods), an alert such as CPUThrottlingHigh, or `cpu.stat` says that the kernel throttles it; or `kubectl top` shows it at its limit while its probes or callers time out. It is slow, not broken.',
  remedy: 'Raise or remove the CPU limit; give its probes more time meanwhile.',
  find: (view) =>
    signs(view).map((sign): Draft => {
      const pod = podOf(view, sign.pod);
      const container = containerOf(pod, sign.container);
      const name = container?.name ?? sign.container ?? '';
      const object =
        pod === undefined ? workloadOf(view.scene, sign.pod) : changeable(view, pod, name, 'resources.limits.cpu');
      const { path: _, ...bare } = object;
      const limit = text(at(container?.spec, 'resources', 'limits', 'cpu'));
      const late = probesSay(view, sign.pod, LATE) ? ', so that it answers its probes too late' : '';
      return {
        object,
        summary: `${named(bare)}: container \`${name}\` is slowed down by its CPU limit${limit === undefined ? '' : ` of ${limit}`} (${sign.said})${late}`,
        confidence: probesSay(view, sign.pod, NOT_LATE) ? 0.4 : sign.confidence,
        severity: pod !== undefined && !pod.ready && !pod.completed ? 'failed' : 'degraded',
        citations: [
          sign.citation,
          limit === undefined ? undefined : cite(pod?.source, new RegExp(`"?cpu"?:\\s*"?${limit}\\b`)),
        ],
        involves: [bare, pod?.ref ?? sign.pod],
        remedies: [
          look('See what it uses', top(sign.pod)),
          change(`Raise the CPU limit of container \`${name}\`, or drop it and keep the request`),
        ],
      };
    }),
};

import { collect } from '../../../../src/evidence/collect.ts';
import { buildScene } from '../../../../src/evidence/scene.ts';
import type { Case, Change } from './case.ts';

const STAMP = /^\[?(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z/;
const ANY_TIME = /\d\d:\d\d:\d\d/;

/** The time of each line, its own or the one before it; undefined where the log says times in another way. */
function timesOf(lines: readonly string[], given: Case): string[] | undefined {
  const own = lines.map((line) => STAMP.exec(line)?.[1]);
  if (own[0] !== undefined) {
    let last = own[0];
    return own.map((time) => {
      last = time ?? last;
      return last;
    });
  }
  if (lines.some((line) => ANY_TIME.test(line))) return undefined;
  const said = given.files.flatMap(({ text }) => text.match(/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/g) ?? []);
  const end = Date.parse(said.sort().at(-1) ?? '2026-11-20T10:12:00Z') - 40_000;
  return lines.map((_, index) => new Date(end + 10 * Math.min(index, 2000)).toISOString().slice(0, 19));
}

/** Logs of pods as a reader writes them that says more of each line. */
function lines(name: string, each: (line: string, time: string, pod: string) => string): Change {
  return {
    name,
    apply: (given) => {
      const pods = buildScene(collect(given.files).items).objects.flatMap(({ ref }) =>
        ref.kind === 'Pod' ? [ref.name] : [],
      );
      const files = given.files.map((file) => {
        const pod = pods.find((one) => file.name.startsWith(one));
        if (!file.name.endsWith('.log') || file.text.startsWith('$ ') || file.text.includes('\r') || pod === undefined)
          return file;
        const own = file.text.trimEnd().split('\n');
        const times = timesOf(own, given);
        return times === undefined
          ? file
          : { name: file.name, text: `${own.map((line, index) => each(line, times[index] ?? '', pod)).join('\n')}\n` };
      });
      return files.every((file, index) => file === given.files[index]) ? undefined : { ...given, files };
    },
  };
}

export const stamps: readonly Change[] = [
  lines('log-timestamps', (line, time) => `${time}.104938271Z ${line}`),
  lines('log-of-cri', (line, time) => `${time}.104938271Z stderr F ${line}`),
  lines('log-of-docker', (line, time) =>
    JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: `${time}.104938271Z` }),
  ),
  lines('log-prefix', (line, _, pod) => `[pod/${pod}/app] ${line}`),
  lines('log-of-stern', (line, _, pod) => `${pod} app ${line}`),
  lines('log-of-journal', (line, time) => {
    const date = new Date(`${time}Z`);
    const day = `${date.toUTCString().slice(8, 11)} ${String(date.getUTCDate()).padStart(2)}`;
    return `${day} ${time.slice(11)} node-3 app[4112]: ${line}`;
  }),
];

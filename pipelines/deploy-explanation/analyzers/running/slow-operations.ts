import { logs } from '../../../../src/evidence/commands/kubectl.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import { named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { subjectOf } from '../startup/log-errors.ts';
import { longestIn } from './durations.ts';
import { toldDurations } from './told-durations.ts';
import { slowQuantiles, slowTraces } from './told-latencies.ts';

/** How programs and databases say that an operation was slow: slow logs of MySQL, PostgreSQL, MongoDB, Elasticsearch and etcd among them. */
const SLOW =
  /\bslow[-_ ]?(?:quer(?:y|ies)|sql|statements?|requests?|operations?|commands?|transactions?|calls?|responses?|log)\b|\btook (?:too long|longer than)\b|\bduration: [\d.]+ ms {1,2}(?:statement|execute|parse|bind)\b|^# Query_time: |\blong[- ]running (?:quer(?:y|ies)|statements?|transactions?)\b/i;

/** What people who wait notice: thresholds of slow logs are often a tenth of it. */
const FELT_MS = 1000;
/** So many lines, and such a share of the log: every service has a slow query now and then. */
const LEAST = 3;
const SHARE = 0.1;

/** How a database did it, as its slow log says beside the words: the plan of MongoDB, and what it or MySQL had to look at. */
const PLAN = /"?planSummary"?:\s*"?([A-Z_]+(?: \{[^}]{0,80}\})?)/;
const LOOKED_AT = /(?:"docsExamined":|\bdocsExamined:|\bRows_examined: )\s*(\d+)/;

function howDone(line: LogLine, below: string): string {
  const plan = PLAN.exec(line.raw)?.[1];
  const looked = LOOKED_AT.exec(`${line.raw}\n${below}`)?.[1];
  const told = [plan === undefined ? '' : `plan \`${plan}\``, looked === undefined ? '' : `${looked} looked at`].filter(
    Boolean,
  );
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

const said = (ms: number): string => (ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`);

export const slowOperations: Analyzer = {
  kind: 'slow-operations',
  stage: 'running',
  depth: DEPTH.crash + 9,
  title: 'Operations of a program are slow',
  about:
    'A tenth of a log or more tells of operations (queries, requests, commands) that it calls slow, each of a second or longer; or a trace shows where a request of a second spent most of its time, or a quantile of latencies is above what a table of objectives says (or four times what it was); or, where the question is why something takes its time, half of the newest operations of a log took a second, or statistics of a store name such a statement. It serves, and is late.',
  remedy: 'Look at the slow operation: its plan and indexes, the amount of data, locks, the load of what it asks.',
  find: (view) => [...slowTraces(view), ...slowQuantiles(view), ...slowLogs(view), ...toldDurations(view)],
};

function slowLogs(view: View): Draft[] {
  return view.scene.logs.flatMap((log): Draft[] => {
    if (log.pipeline === true || log.previous) return [];
    const subject = subjectOf(view, log);
    const slow = log.lines.flatMap((line: LogLine) => {
      const took = SLOW.test(line.text) ? longestIn(line.raw) : 0;
      return took < FELT_MS ? [] : [{ line, took }];
    });
    const longest = slow.toSorted((a, b) => b.took - a.took)[0];
    if (subject === undefined || longest === undefined) return [];
    if (slow.length < LEAST || slow.length < log.lines.length * SHARE) return [];
    const cited = [longest, ...slow.filter((one) => one !== longest).slice(-1)];
    return [
      {
        object: subject,
        summary: `${named(subject)} is slow: ${slow.length} lines of its log tell of slow operations, the longest of ${said(longest.took)}: \`${longest.line.text.trim().slice(0, 200)}\`${howDone(longest.line, log.lines[log.lines.indexOf(longest.line) + 1]?.raw ?? '')}`,
        confidence: 0.45,
        severity: 'degraded',
        citations: cited.map(({ line }) => ({
          evidence: log.item.id,
          lines: { from: line.n, to: line.n },
          quote: line.raw.slice(0, 400),
        })),
        involves: [subject],
        remedies: [look('Read the whole log', logs(subject))],
      },
    ];
  });
}

import { text } from '../json.ts';
import { citeText } from './cite.ts';
import { LATENCY } from './measures.ts';
import { seriesIn } from './metric-answers.ts';
import type { Citation, EvidenceItem } from './model.ts';
import { programNamed } from './program-name.ts';
import { recordsIn } from './records/read.ts';

/** How long answers of a program take at most, for a share of them, as a query of Prometheus computed it (`histogram_quantile`). Seconds. */
export interface Quantile {
  readonly item: EvidenceItem;
  readonly subject: string;
  readonly namespace?: string;
  /** `0.99`. */
  readonly share: string;
  /** From the first to the newest of what was asked for. */
  readonly values: readonly number[];
  cite(): Citation | undefined;
}

/** What somebody wrote down that a program's answers may take, in seconds: a row of a table that has a column for latencies. */
interface Objective {
  readonly subject: string;
  readonly most: number;
  readonly said: string;
  cite(): Citation | undefined;
}

const QUERY = /histogram_quantile\(\s*(0?\.\d+|1)\s*,/;
/** The unit is in the name of the histogram (Prometheus, "Metric and label naming"); OpenTelemetry's older ones are in milliseconds. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/_(?:milliseconds|millis|ms)(?:_bucket)?\b/, 1e-3],
  [/_(?:seconds|secs)(?:_bucket)?\b/, 1],
];
const MAX_CHARS = 4 * 1024 * 1024;
const LABELS = [
  'workload',
  'service',
  'app',
  'job',
  'pod',
  'container',
  'destination_workload',
  'destination_service_name',
];

/** Quantiles of latencies in the answer to a query. Empty for any other text, and where the unit is not told. */
export function quantilesIn(item: EvidenceItem): Quantile[] {
  if (item.command?.includes('histogram_quantile') !== true && !item.text.includes('histogram_quantile')) return [];
  const asked = `${item.command ?? ''}\n${item.text.length > MAX_CHARS ? '' : item.text}`;
  const share = QUERY.exec(asked)?.[1];
  const unit = UNITS.find(([pattern]) => pattern.test(asked))?.[1];
  if (share === undefined || unit === undefined) return [];
  return seriesIn(item.text).flatMap(({ labels, samples }): Quantile[] => {
    const subject = programNamed(labels) ?? LABELS.flatMap((label) => labels[label] ?? [])[0] ?? only(asked);
    const values = samples.map((sample) => Number(sample[1]) * unit).filter(Number.isFinite);
    if (subject === undefined || values.length === 0) return [];
    const shown = text(samples.at(-1)?.[1]) ?? '';
    const namespace = labels.namespace ?? /namespace="([^"]+)"/.exec(item.command ?? '')?.[1];
    return [
      {
        item,
        subject,
        ...(namespace === undefined ? {} : { namespace }),
        share,
        values,
        cite: () => citeText(item, `"${shown}"`) ?? citeText(item, subject),
      },
    ];
  });
}

/** The program that a query asks for by a label. */
function only(asked: string): string | undefined {
  return /\b(?:service|app|job|deployment|workload|service_name)="([\w.-]+)"/.exec(asked)?.[1];
}

const DURATION = /(\d+(?:[.,]\d+)?) ?(ms|milliseconds?|s|secs?|seconds?)\b/i;

/** Objectives in a table of a text: runbooks and wikis keep them so. */
export function objectivesIn(item: EvidenceItem): Objective[] {
  if (item.text.length > MAX_CHARS || !item.text.includes('|') || !LATENCY.test(item.text)) return [];
  const lines = item.text.split('\n');
  // A table of Markdown, within whatever stands around it.
  const rows = lines.map((line) => /^\s*\|.*\|\s*$/.test(line));
  const from = rows.indexOf(true);
  const end = rows.findIndex((row, index) => index > from && !row);
  const table = from < 0 ? [] : lines.slice(from, end < 0 ? undefined : end);
  return (recordsIn(table) ?? []).flatMap(({ fields, index }): Objective[] => {
    const cells = Object.entries(fields).map(([name, cell]) => [name, text(cell) ?? ''] as const);
    const subject = cells[0]?.[1].replaceAll('`', '').trim() ?? '';
    const said = cells
      .slice(1)
      .find(([name]) => LATENCY.test(name.replaceAll(' ', '_')) || /\blatency\b|\bp\d\d\b/i.test(name))?.[1];
    const [, amount, unit = ''] = DURATION.exec(said ?? '') ?? [];
    if (subject === '' || said === undefined || amount === undefined) return [];
    const most = Number(amount.replace(',', '.')) * (/^m/i.test(unit) ? 1e-3 : 1);
    return [{ subject, most, said: said.trim(), cite: () => citeText(item, subject, from + index) }];
  });
}

import { asArray, at, objects, strings, text } from '../json.ts';
import { citeText } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';
import { parsed } from './parse/stored-logs.ts';

/** One series of the answer to a query of Prometheus: its labels, and its newest value. */
export interface MetricAnswer {
  readonly item: EvidenceItem;
  /** The query, without blanks at its ends. */
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  cite(): Citation | undefined;
}

/** One series as the API of Prometheus answers: its labels, and its samples, the newest last. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly unknown[][];
}

/** The series of an answer, in JSON behind whatever stands before it. Empty for any other text. */
export function seriesIn(source: string): Series[] {
  const from = source.indexOf('{');
  const value = from < 0 ? undefined : parsed(source.slice(from));
  return objects(at(value, 'data', 'result') ?? at(value, 'result')).map((entry) => ({
    labels: strings(entry.metric),
    samples: [...asArray(entry.values), entry.value].filter(Array.isArray),
  }));
}

const MAX_CHARS = 4 * 1024 * 1024;
const QUERY = /^promtool query (?:instant|range) (?:\S+ )?'([\s\S]+)'$/;
const KNOWN = new WeakMap<EvidenceItem, readonly MetricAnswer[]>();

function read(item: EvidenceItem): MetricAnswer[] {
  const query = QUERY.exec(item.command ?? '')?.[1]?.trim();
  // Where a comparison answers (`< bool 0.05`) the value is no amount.
  if (query === undefined || /\bbool\b/.test(query) || item.text.length > MAX_CHARS) return [];
  return seriesIn(item.text).flatMap(({ labels, samples }): MetricAnswer[] => {
    const said = text(samples.at(-1)?.[1]) ?? '';
    const newest = Number(said);
    const named = Object.values(labels)[0] ?? '';
    return said === '' || !Number.isFinite(newest)
      ? []
      : [{ item, query, labels, value: newest, cite: () => citeText(item, `"${said}"`) ?? citeText(item, named) }];
  });
}

/** All series in the answer to a query of Prometheus. Empty for any other text. */
export function metricAnswersIn(item: EvidenceItem): readonly MetricAnswer[] {
  const known = KNOWN.get(item) ?? read(item);
  KNOWN.set(item, known);
  return known;
}

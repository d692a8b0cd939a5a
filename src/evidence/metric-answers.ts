import { asArray, at, objects, strings, text } from '../json.ts';
import { citeText } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';

/** One series of the answer to a query of Prometheus: its labels, and its newest value. */
export interface MetricAnswer {
  readonly item: EvidenceItem;
  /** The query, without blanks at its ends. */
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  cite(): Citation | undefined;
}

const MAX_CHARS = 4 * 1024 * 1024;
const QUERY = /^promtool query (?:instant|range) (?:\S+ )?'([\s\S]+)'$/;
const KNOWN = new WeakMap<EvidenceItem, readonly MetricAnswer[]>();

function read(item: EvidenceItem): MetricAnswer[] {
  const query = QUERY.exec(item.command ?? '')?.[1]?.trim();
  const from = item.text.indexOf('{');
  // Where a comparison answers (`< bool 0.05`) the value is no amount.
  if (query === undefined || /\bbool\b/.test(query) || from < 0 || item.text.length > MAX_CHARS) return [];
  let value: unknown;
  try {
    value = JSON.parse(item.text.slice(from));
  } catch {
    return [];
  }
  return objects(at(value, 'data', 'result') ?? at(value, 'result')).flatMap((entry): MetricAnswer[] => {
    const samples = [...asArray(entry.values), entry.value].filter(Array.isArray);
    const said = text(samples.at(-1)?.[1]) ?? '';
    const newest = Number(said);
    const labels = strings(entry.metric);
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

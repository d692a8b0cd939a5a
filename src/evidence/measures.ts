import { isObject, number, text } from '../json.ts';
import { citeLines } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';
import type { AlertRecord } from './parse/exports.ts';
import { parseTable } from './parse/table.ts';
import { flushRight } from './records/flush-right.ts';
import { recordsIn } from './records/read.ts';

/** A number that a tool of monitoring tells beside the one that is usual there: `latency_p95_ms 2410 (usual 22)`. */
export interface Measure {
  /** Of what: a service, pod or node, as the tool calls it. */
  readonly subject: string;
  readonly metric: string;
  readonly value: number;
  readonly usual: number;
  cite(): Citation | undefined;
}

/** Under which heads and members tools keep them. */
const VALUE = /^(?:current|value|now|observed|actual|latest)(?:[_ ]?value)?$/i;
const USUAL = /^(?:usual|baseline|normal|expected|typical|average|avg|before|historical)(?:[_ ]?value)?$/i;
const METRIC = /^(?:metric|measure|signal|kpi)(?:[_ ]?name)?$/i;
const SUBJECT =
  /^(?:service|workload|app|application|pod|node|deployment|component|target|resource|name|object|entity)(?:[_ ]?name)?$/i;

/** Of one text; longer ones are no answer of a tool that tells what is unusual. */
const LIMIT = 300;
const MAX_CHARS = 1024 * 1024;
const KNOWN = new WeakMap<EvidenceItem, Measure[]>();

/** `2410`, `2410 ms`, `0.4%`. */
function amount(value: unknown): number | undefined {
  const told = /^-?\d[\d,]*(?:\.\d+)?/.exec(text(value) ?? '')?.[0]?.replaceAll(',', '');
  return number(value) ?? (told === undefined ? undefined : Number(told));
}

function measureOf(fields: Readonly<Record<string, unknown>>): Omit<Measure, 'cite'> | undefined {
  const under = (name: RegExp) => fields[Object.keys(fields).find((key) => name.test(key)) ?? ''];
  const [metric, subject] = [text(under(METRIC)), text(under(SUBJECT))];
  const [value, usual] = [amount(under(VALUE)), amount(under(USUAL))];
  if (metric === undefined || subject === undefined || value === undefined || usual === undefined) return undefined;
  return { metric, subject, value, usual };
}

function inJson(item: EvidenceItem, value: unknown, depth = 0): Measure[] {
  if (Array.isArray(value)) return value.slice(0, LIMIT).flatMap((one) => inJson(item, one, depth + 1));
  if (!isObject(value) || depth > 5) return [];
  const own = measureOf(value);
  if (own === undefined) return Object.values(value).flatMap((one) => inJson(item, one, depth + 1));
  const lines = item.text.split('\n');
  const has = (word: string) => (line: string) => line.includes(`"${word}"`);
  const near = lines.findIndex(
    (line, index) => has(own.subject)(line) && lines.slice(Math.max(0, index - 6), index + 7).some(has(own.metric)),
  );
  return [{ ...own, cite: () => citeLines(item, Math.max(0, near)) }];
}

/** All such numbers of a text: rows of a table headed `SERVICE METRIC CURRENT USUAL`, or objects with such members. */
export function measuresIn(item: EvidenceItem): Measure[] {
  const known = KNOWN.get(item) ?? read(item);
  KNOWN.set(item, known);
  return known;
}

function read(item: EvidenceItem): Measure[] {
  if (item.source.kind === 'describe' || item.text.length > MAX_CHARS || !/metric|measure|signal|kpi/i.test(item.text))
    return [];
  if (/^\s*[[{]/.test(item.text)) {
    try {
      return inJson(item, JSON.parse(item.text));
    } catch {
      // Perhaps as Python prints it.
    }
  }
  const lines = item.text.split('\n');
  const head = lines.findIndex((line) => {
    const words = line.trim().split(/\s{2,}|\t/);
    return [METRIC, VALUE, USUAL, SUBJECT].every((name) => words.some((word) => name.test(word)));
  });
  const end = lines.findIndex((line, index) => index > head && line.trim() === '');
  const table = head < 0 ? [] : lines.slice(head, end < 0 ? undefined : end).slice(0, LIMIT);
  const listed = head < 0 ? recordsIn(lines) : flushRight(table)?.map((one) => ({ ...one, index: one.index + head }));
  if (head < 0 || listed !== undefined)
    return (listed ?? []).slice(0, LIMIT).flatMap(({ fields, index }) => {
      const own = measureOf(fields);
      return own === undefined ? [] : [{ ...own, cite: () => citeLines(item, index) }];
    });
  return parseTable(table).flatMap(({ cells, index }) => {
    const own = measureOf(cells);
    return own === undefined ? [] : [{ ...own, cite: () => citeLines(item, head + index) }];
  });
}

/** What callers feel: how long answers take, and how many fail. */
export const LATENCY = /latenc|response.?time|request.?duration|(?:^|[._-])p(?:50|90|95|99)(?:[._-]|$)/i;
const FAILING = /err(?:or)?s?(?![a-z])|fail|5xx/i;
/** So many times the usual is no daily course. */
const FAR_ABOVE = 4;

/** Whether callers feel that it is far from usual. More requests alone are a good day. */
export function isFelt({ metric, value, usual }: Measure): boolean {
  if (LATENCY.test(metric)) return usual > 0 && value >= usual * FAR_ABOVE;
  return FAILING.test(metric) && value > 0 && value >= usual * FAR_ABOVE;
}

/** Measures that callers feel, as alerts of the workload or Service that they are about. */
export function alertsFromMeasures(item: EvidenceItem): AlertRecord[] {
  return measuresIn(item)
    .filter(isFelt)
    .map(({ subject, metric, value, usual }) => ({
      name: metric,
      status: 'firing',
      labels: { service: subject },
      summary: `${metric} of ${subject} is ${value}, usually ${usual}`,
    }));
}

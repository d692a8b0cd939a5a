import { type Json, number, text } from '../json.ts';
import { citeLines, citeText } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';
import { boxedRecords } from './records/columns.ts';

/** A queue (or a group of consumers, by its topics) in which messages wait and that nobody reads. */
interface IdleQueue {
  /** What programs that read it may be told: the queue; of Kafka the group and its topics. */
  readonly names: readonly string[];
  readonly waiting: number;
  cite(): Citation | undefined;
}

const MAX_CHARS = 1024 * 1024;
const NAME = /^(?:name|queue)$/i;
const WAITING = /^messages(?:_ready)?$/i;

function queueOf(fields: Readonly<Record<string, unknown>>): { name: string; waiting: number } | undefined {
  const under = (name: RegExp) => text(fields[Object.keys(fields).find((key) => name.test(key)) ?? '']);
  const [name, consumers] = [under(NAME), number(under(/^consumers$/i))];
  const waiting = number(under(WAITING)) ?? 0;
  return name === undefined || consumers !== 0 || waiting === 0 ? undefined : { name, waiting };
}

/** `rabbitmqctl list_queues name … consumers`: columns between tabs, below what it says of itself. */
function listed(item: EvidenceItem): IdleQueue[] {
  const lines = item.text.split('\n');
  const head = lines.findIndex((line) => /(?:^|\t)name(?:\t|$)/.test(line) && /(?:^|\t)consumers(?:\t|$)/.test(line));
  const names = (lines[head] ?? '').trim().split('\t');
  if (head < 0) return [];
  return lines.slice(head + 1).flatMap((line, below) => {
    const cells = line.trim().split('\t');
    const queue =
      cells.length === names.length ? queueOf(Object.fromEntries(names.map((name, i) => [name, cells[i]]))) : undefined;
    return queue === undefined
      ? []
      : [{ names: [queue.name], waiting: queue.waiting, cite: () => citeLines(item, head + 1 + below) }];
  });
}

/** The management API, `--formatter json`, and drawn tables. */
function recorded(item: EvidenceItem): IdleQueue[] {
  return boxedRecords(item.text.split('\n')).flatMap(({ fields }) => {
    const queue = queueOf(fields as Json);
    return queue === undefined
      ? []
      : [{ names: [queue.name], waiting: queue.waiting, cite: () => citeText(item, queue.name) }];
  });
}

/** `kafka-consumer-groups --describe` of a group without members, and its topics that lag. */
function ofKafka(item: EvidenceItem): IdleQueue[] {
  const group = /Consumer group '([^']+)' has no active members/.exec(item.text)?.[1];
  if (group === undefined) return [];
  const rows = item.text.split('\n').map((line) => line.trim().split(/\s+/));
  const head = rows.find((row) => row.includes('TOPIC') && row.includes('LAG')) ?? [];
  const [topic, lag] = [head.indexOf('TOPIC'), head.indexOf('LAG')];
  const behind = rows.filter((row) => row[0] === group && Number(row[lag]) > 0);
  const waiting = behind.reduce((sum, row) => sum + Number(row[lag]), 0);
  if (topic < 0 || behind.length === 0) return [];
  const topics = [...new Set(behind.map((row) => row[topic] ?? ''))];
  return [{ names: [group, ...topics], waiting, cite: () => citeText(item, 'has no active members') }];
}

/** Queues of a text in which messages wait without anybody who reads them. Empty for any text that lists no queues. */
export function idleQueuesIn(item: EvidenceItem): IdleQueue[] {
  if (item.text.length > MAX_CHARS) return [];
  if (/has no active members/.test(item.text)) return ofKafka(item);
  if (!/\bconsumers\b/i.test(item.text) || !/\bmessages/i.test(item.text)) return [];
  const found = listed(item);
  return found.length > 0 ? found : recorded(item);
}

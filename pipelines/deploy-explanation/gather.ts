import { z } from 'zod';
import type { ClusterReading } from '../../src/evidence/cluster/collect.ts';
import { type ClusterEvidence, evidenceOf } from '../../src/evidence/cluster/evidence.ts';
import { collect } from '../../src/evidence/collect.ts';
import { movedBreaks, ReadItem } from '../../src/evidence/given.ts';
import { filesWithin, mayHoldFiles } from '../../src/evidence/joined.ts';
import { legible, readable } from '../../src/evidence/legible.ts';
import type { EvidenceFile } from '../../src/evidence/model.ts';
import { unpackedCalls } from '../../src/evidence/recorded-calls.ts';
import { unwrappedText } from '../../src/evidence/wrapped-text.ts';
import { redact } from '../../src/model/redaction.ts';
import type { ExplainRequest } from './schema.ts';

/** What collecting brought: numbered evidence, redacted, and what was replaced or left out. */
export const Gathered = z.object({
  items: z.array(ReadItem),
  cut: z.array(z.string()),
  redacted: z.array(z.object({ placeholder: z.string(), kind: z.string(), count: z.number().int() })),
  /** Present where a cluster was asked. `read` is absent when it could not be read; `notSeen` says why. */
  live: z
    .object({
      read: z.object({ cluster: z.string(), namespaces: z.array(z.string()), time: z.string() }).optional(),
      texts: z.number().int(),
      lines: z.number().int(),
      notSeen: z.array(z.string()),
      partial: z.boolean().optional(),
    })
    .optional(),
});
export type Gathered = z.infer<typeof Gathered>;

/** A cluster's answer, or why there is none although other evidence makes up for it. */
export type Live = { readonly reading: ClusterReading } | { readonly failed: string };

/** What stands between the fences of a Markdown text, with the fences. */
const FENCED = /^ {0,3}(```+|~~~+)[^`\n]*\n([\s\S]*?)\n {0,3}\1[ \t]*$/gm;

/**
 * A text as it is read: what recorders and languages packed it into is taken off, also where that was pasted through a terminal, a mail or a
 * fence.
 */
function asRead(given: string, file: string): ReturnType<typeof readable> {
  const text = unwrappedText(given) ?? given;
  const calls = unpackedCalls(text, file);
  if (calls !== undefined) return readable(calls);
  const read = readable(text);
  const plain = read.text;
  const pasted = plain === text ? undefined : unpackedCalls(unwrappedText(plain) ?? plain, file);
  if (pasted !== undefined) return readable(pasted);
  if (!/^ {0,3}(?:```|~~~)/m.test(plain)) return read;
  let found = false;
  const opened = plain.replace(FENCED, (fenced, _, inside: string) => {
    const recorded = unpackedCalls(unwrappedText(inside) ?? inside, file);
    found ||= recorded !== undefined;
    return recorded ?? fenced;
  });
  return found ? readable(opened) : read;
}

/**
 * Makes texts readable, redacts them with what a cluster told together (one secret, one placeholder), then splits and numbers them. Lines keep their
 * numbers. Nothing that comes out of here holds what was redacted.
 */
export function gather(request: Pick<ExplainRequest, 'evidence' | 'unread'>, live?: Live): Gathered {
  const given = request.evidence.reduce((sum, { text }) => sum + text.length, 0);
  const evidence = request.evidence.flatMap((file) =>
    file.excerpt === undefined && mayHoldFiles(file.text)
      ? (filesWithin(file.name, legible(file.text)) ?? [file])
      : [file],
  );
  const reading = live !== undefined && 'reading' in live ? live.reading : undefined;
  const told = reading === undefined ? undefined : evidenceOf(reading, given);
  // Of a text with gaps nothing says what follows on what.
  const read = evidence.map(({ name, text, excerpt }) =>
    excerpt === undefined ? asRead(text, name) : { text: legible(text), breaks: [] },
  );
  const { value, redacted } = redact({
    files: evidence.map(({ name }, index) => ({ name, text: read[index]?.text ?? '' })),
    unread: request.unread ?? [],
    told,
    failed: live !== undefined && 'failed' in live ? live.failed : '',
  });
  // Line numbers and counts hold no secrets; the texts that they belong to are redacted.
  const own: EvidenceFile[] = value.files.map((file, index) => {
    const excerpt = evidence[index]?.excerpt;
    if (excerpt !== undefined) return { ...file, excerpt };
    const { text, breaks } = read[index] ?? { text: '', breaks: [] };
    return breaks.length === 0 ? file : { ...file, breaks: movedBreaks(breaks, text, file.text) };
  });
  const seen = (value.told?.pieces ?? []).map(fileOf);
  const { items, cut } = collect([...own, ...seen]);
  const base = {
    items,
    cut: [...cut, ...value.unread.map((name) => `${name}: it is no text, and was not read`)],
    redacted: redacted.map(({ placeholder, kind, count }) => ({ placeholder, kind, count })),
  };
  if (live === undefined) return base;
  return {
    ...base,
    live: {
      ...(reading === undefined
        ? {}
        : { read: { cluster: reading.cluster, namespaces: [...reading.namespaces], time: reading.time } }),
      texts: seen.length,
      lines: seen.reduce((sum, { text }) => sum + text.split('\n').length, 0),
      notSeen: value.told === undefined ? [value.failed] : [...value.told.notSeen],
      ...(reading?.partial === true ? { partial: true } : {}),
    },
  };
}

/** Objects become text only when they are redacted: as objects they say which value belongs to which name. */
function fileOf({ body, ...file }: ClusterEvidence): EvidenceFile {
  return { ...file, text: typeof body === 'string' ? body : JSON.stringify(body, null, 2) };
}

import { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { OpslineError } from '../../errors.ts';
import type { EvidenceFile } from '../model.ts';
import { FENCE, isLogCommand, opensSegment, split } from '../split.ts';
import { isGzip } from '../text.ts';
import { whole } from '../whole.ts';
import { Excerpter, type KeptLine } from './excerpt.ts';
import { SecretGuard } from './secret-guard.ts';

/** Files above this size are read as a stream of which excerpts stay. */
export const STREAMED_BYTES = 1024 * 1024;
/** Most bytes of one text, unpacked. */
const MAX_BYTES = 2 * 1024 ** 3;
/** Most characters that are kept of what cannot be cut to excerpts: objects, tables, descriptions. */
const MAX_WHOLE = 8 * 1024 * 1024;
const MAX_LINE = 8 * 1024;
/** Lines of a segment that are looked at to tell whether it is a log. */
const LOOKED_AT = 400;

/** The part of a text between two commands of a transcript; or all of it. */
class Segment {
  readonly #log = new Excerpter();
  readonly #guard = new SecretGuard();
  readonly #from: number;
  #lines: KeptLine[] = [];
  #mode: 'undecided' | 'whole' | 'log';

  constructor(from: number, command: string | undefined) {
    this.#from = from;
    this.#mode = isLogCommand(command) ? 'log' : 'undecided';
  }

  /** Characters held because they are not (yet) known to be a log. */
  held = 0;
  /** Lines that were longer than what is kept of one. */
  shortened = 0;

  push(n: number, text: string): void {
    if (this.#mode === 'log') {
      const short = this.#guard.allows(text) ? cut(text) : undefined;
      if (short !== undefined && short.length < text.length) this.shortened++;
      this.#log.push(short);
      return;
    }
    this.held += text.length + 1;
    this.#lines.push({ n, text });
    if (this.#mode === 'undecided' && this.#lines.length > LOOKED_AT) this.#decide();
  }

  #decide(): void {
    const sections = split(this.#lines.map((line) => line.text).join('\n'));
    this.#mode = sections.every(({ kind }) => kind === 'log' || kind === 'text') ? 'log' : 'whole';
    if (this.#mode === 'whole') return;
    const lines = this.#lines;
    this.#lines = [];
    this.held = 0;
    for (const { n, text } of lines) this.push(n, text);
  }

  finish(): { kept: readonly KeptLine[]; repeats: { line: number; more: number }[]; dropped: number } {
    if (this.#mode !== 'log') return { kept: this.#lines, repeats: [], dropped: 0 };
    const { kept, repeats, dropped } = this.#log.finish();
    const shift = this.#from - 1;
    return {
      kept: kept.map(({ n, text }) => ({ n: n + shift, text })),
      repeats: repeats.map(({ line, more }) => ({ line: line + shift, more })),
      dropped,
    };
  }
}

/** A line cut at a space, so that no token loses the part by which it is recognised. */
function cut(text: string): string | undefined {
  if (text.length <= MAX_LINE) return text;
  const short = whole(text.slice(0, text.lastIndexOf(' ', MAX_LINE) + 1 || MAX_LINE));
  // A key that is cut off would hide all that follows.
  return short.includes('-----BEGIN') ? undefined : short;
}

/** Lines of a stream of text. What a line has beyond `MAX_WHOLE` characters is passed over. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = chunk.split('\n');
    lines[0] = rest.length > MAX_WHOLE ? rest : rest + (lines[0] ?? '');
    rest = lines.pop() ?? '';
    yield lines;
  }
  yield [rest];
}

/** Text of UTF-8, or of UTF-16 with a byte order mark; gzipped or not. Undefined in the first place for binary content. */
async function* decoded(bytes: AsyncIterable<Buffer>, name: string): AsyncGenerator<string | undefined> {
  let decoder: TextDecoder | undefined;
  let size = 0;
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > MAX_BYTES)
        throw new OpslineError('payload-too-large', `${name} holds more than 2 GiB of text. Cut it, or give its end.`);
      if (decoder === undefined) {
        const [first, second] = chunk;
        const wide =
          first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : '';
        if (wide === '' && chunk.subarray(0, 8192).includes(0)) {
          yield undefined;
          return;
        }
        decoder = new TextDecoder(wide === '' ? 'utf-8' : wide);
      }
      yield decoder.decode(chunk, { stream: true });
    }
  } catch (cause) {
    if (cause instanceof OpslineError) throw cause;
    throw new OpslineError('evidence-unreadable', `${name} cannot be read: ${(cause as Error).message}`, { cause });
  }
  yield decoder?.decode() ?? '';
}

async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done === true) return;
  const all = Readable.from(
    (async function* () {
      yield first.value;
      for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
    })(),
  );
  if (!isGzip(first.value)) return yield* all;
  const gunzip = createGunzip();
  all.on('error', (error) => gunzip.destroy(error));
  yield* all.pipe(gunzip);
}

/**
 * Reads a text of up to 2 GiB without holding it: logs (also those of a transcript's `kubectl logs`) are cut to excerpts as they pass,
 * all else is kept whole up to 8 MiB. `chunks` may be gzipped. Undefined for binary content. Throws `payload-too-large`
 * beyond these limits, `evidence-unreadable` for what is damaged.
 */
export async function excerptStream(chunks: AsyncIterable<Buffer>, name: string): Promise<EvidenceFile | undefined> {
  const texts = decoded(unpacked(chunks), name);
  const first = await texts.next();
  if (first.done !== true && first.value === undefined) return undefined;
  const strings = async function* (): AsyncGenerator<string> {
    if (first.done !== true) yield first.value ?? '';
    for await (const text of texts) yield text ?? '';
  };
  const reader = new TranscriptReader(name);
  for await (const lines of linesOf(strings())) for (const line of lines) reader.push(line);
  return reader.finish();
}

class TranscriptReader {
  readonly #name: string;
  readonly #kept: KeptLine[] = [];
  readonly #repeats: { line: number; more: number }[] = [];
  #command: string | undefined;
  #segment = new Segment(1, undefined);
  #n = 0;
  #dropped = 0;
  #shortened = 0;
  #whole = 0;

  constructor(name: string) {
    this.#name = name;
  }

  push(raw: string): void {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const n = ++this.#n;
    const opened = FENCE.test(line) ? '' : opensSegment(line, n === 1);
    if (opened === undefined) {
      this.#segment.push(n, line);
      if (this.#whole + this.#segment.held > MAX_WHOLE) this.#refuse(n);
      return;
    }
    this.#close();
    this.#keep({ n, text: line });
    if (opened !== '') this.#command = opened;
    this.#segment = new Segment(n + 1, this.#command);
  }

  #close(): void {
    const { kept, repeats, dropped } = this.#segment.finish();
    for (const line of kept) this.#keep(line);
    this.#repeats.push(...repeats);
    this.#dropped += dropped;
    this.#shortened += this.#segment.shortened;
  }

  #keep(line: KeptLine): void {
    this.#whole += line.text.length + 1;
    if (this.#whole > MAX_WHOLE) this.#refuse(line.n);
    this.#kept.push(line);
  }

  #refuse(n: number): never {
    throw new OpslineError(
      'payload-too-large',
      `${this.#name} holds more than 8 MiB besides the logs that are cut to excerpts (at line ${n}). Give less of it.`,
    );
  }

  finish(): EvidenceFile {
    this.#close();
    const gaps: { after: number; lines: number }[] = [];
    let last = 0;
    for (const { n } of this.#kept) {
      if (n > last + 1) gaps.push({ after: last, lines: n - last - 1 });
      last = n;
    }
    if (this.#n > last) gaps.push({ after: last, lines: this.#n - last });
    const text = this.#kept.map((line) => line.text).join('\n');
    const notes = [
      ...(this.#dropped === 0
        ? []
        : [`${this.#dropped} kinds of error lines of ${this.#name} had no room and were left out`]),
      ...(this.#shortened === 0
        ? []
        : [`${this.#shortened} lines of ${this.#name} are longer than ${MAX_LINE} characters and were cut there`]),
    ];
    if (gaps.length === 0 && notes.length === 0) return { name: this.#name, text };
    return { name: this.#name, text, excerpt: { gaps, repeats: this.#repeats, notes } };
  }
}

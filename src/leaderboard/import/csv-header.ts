import { OpslineError } from '../../errors.ts';
import { readPlain, type SourceFile } from './files.ts';

/** Nobody's header is longer. */
const MOST_BYTES = 1 << 16;

/** The names of the columns: the first record of a CSV file (RFC 4180). Throws `invalid-input` when it has none. */
export async function readCsvHeader(file: SourceFile): Promise<string[]> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of readPlain(file)) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const names = parseRecord(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    if (names !== undefined) return names;
    if (bytes.length > MOST_BYTES) break;
  }
  // A file may end without a line break.
  const names = parseRecord(`${bytes.toString('utf8').replace(/^\uFEFF/, '')}\n`);
  if (names !== undefined && bytes.length > 0 && bytes.length <= MOST_BYTES) return names;
  throw new OpslineError('invalid-input', `${file.name} has no line with the names of its columns at its beginning.`);
}

/** The fields of the first record, or undefined when it does not end in the text. */
function parseRecord(text: string): string[] | undefined {
  const fields: string[] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n)/y;
  for (;;) {
    const [, value = '', end] = field.exec(text) ?? [];
    if (end === undefined) return undefined;
    fields.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value.trim());
    if (end !== ',') return fields;
  }
}

import { OpslineError } from '../../errors.ts';
import type { SourceFile } from './files.ts';

/** What is said of a file that cannot be read at all, such as a CSV file with a quote that does not end: `invalid-input`. Other errors stay as they are. */
export function unreadable(error: unknown, files: readonly SourceFile[]): unknown {
  if (!(error instanceof Error) || error instanceof OpslineError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const ours =
    code?.startsWith('Z_') || /^(Invalid Input|CSV|IO|Conversion|Serialization|Parquet)\b.*Error/i.test(message);
  if (!ours) return error;
  // Files are known to DuckDB by the number in the name of their link.
  const link = /(\d+)\.(?:csv|ndjson|parquet)['"]/.exec(message)?.[1];
  const named = link === undefined ? files : files.slice(Number(link), Number(link) + 1);
  const line = /on line: (\d+)/i.exec(message)?.[1];
  // Its message goes on with the line itself and with advice about settings that nobody here can make.
  const said = message
    .split('\n')
    .map((text) => text.replace(/^[A-Za-z ]+ Error: /, '').trim())
    .find((text) => text !== '' && !/^(CSV Error on Line|Original Line|LINE \d)/i.test(text));
  const where = `${named.map(({ name }) => name).join(' or ')}${line === undefined ? '' : `, line ${line}`}`;
  const what = said?.replace(/'?"?\/\S*opsline-import-\S+/g, 'it') ?? 'it is no file of its kind';
  return new OpslineError('invalid-input', `${where} cannot be read: ${what}`, { cause: error });
}

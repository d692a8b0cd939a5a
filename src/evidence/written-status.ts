import { literally } from '../literal.ts';

/** `-w '%{http_code} %{time_total}\\n'` of curl. */
const FORMAT = /(?:^|\s)(?:-\w*w|--write-out)[= ]?\s*(?:"([^"]*)"|'([^']*)'|(\S+))/;
const STATUS = /%\{(?:http_code|response_code)\}/;

/** The status of the answer in a line that curl wrote by its `-w`, where the format has more in it than the status. */
export function writtenStatus(command: string, line: string): number | undefined {
  const [, double, single, bare] = FORMAT.exec(command) ?? [];
  // What a shell or curl itself makes a line end: the status stands in one of the lines.
  const format = (double ?? single ?? bare)?.split(/\\n|\n/).find((part) => STATUS.test(part));
  if (format === undefined) return undefined;
  const pattern = format
    .split(/(%\{[^}]*\})/)
    .map((part) => (STATUS.test(part) ? '(\\d{3})' : part.startsWith('%{') ? '\\S*' : literally(part)))
    .join('');
  const status = Number(new RegExp(`(?:^|\\D)${pattern}\\s*$`).exec(line)?.[1]);
  return status > 0 ? status : undefined;
}

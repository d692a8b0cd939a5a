import type { WriteStream } from 'node:tty';
import pc from 'picocolors';
import { OpslineError } from '../errors.ts';

/** Exit code of wrong usage and of failures; 0 and 1 are answers (see each command's help). */
export const FAILURE = 2;

type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

/** Whether colours belong on a stream: a terminal, and nothing in the environment against it (no-color.org). */
export function wantsColor(stream: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** A result, on standard output. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Talk for a person, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * A line of talk that replaces itself on a terminal, and is printed at most every ten seconds elsewhere,
 * and not twice.
 */
export function createTicker(stream: Output = process.stderr): { tell(line: string): void; clear(): void } {
  let shown = false;
  let last = Number.NEGATIVE_INFINITY;
  let before = '';
  const clear = (): void => {
    if (shown) stream.write('\r\x1b[2K');
    shown = false;
  };
  return {
    tell(line) {
      if (stream.isTTY === true) {
        const width = (stream.columns ?? 80) - 1;
        stream.write(`\r\x1b[2K${line.length > width ? `${line.slice(0, width - 1)}…` : line}`);
        shown = true;
      } else if (line !== before && performance.now() - last > 10_000) {
        last = performance.now();
        before = line;
        stream.write(`${line}\n`);
      }
    },
    clear,
  };
}

/** Renders what was thrown for a person; a defect of opsline comes with its stack. */
export function sayError(error: unknown): void {
  const { bold, red, dim } = pc.createColors(wantsColor(process.stderr));
  if (error instanceof OpslineError) {
    say(`${bold(red('error:'))} ${error.message} ${dim(`(${error.code})`)}`);
    for (const { path, message } of error.issues) say(`  ${path === '' ? 'input' : path}: ${message}`);
    return;
  }
  say(`${bold(red('error:'))} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

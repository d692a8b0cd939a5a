import { createTwoFilesPatch } from 'diff';
import { OpslineError } from '../errors.ts';

/**
 * The unified diff from one text of a file to another, with three lines of context, as `git apply` takes it; empty when
 * they are equal. `before` is undefined for a file that is new. Throws `invalid-input` for a file name that leaves the folder it is applied in.
 */
export function unifiedDiff(file: string, before: string | undefined, after: string): string {
  if (before === after) return '';
  if (!isSafeFileName(file))
    throw new OpslineError('invalid-input', `"${file}" is not a relative file name without ".."`);
  const old = before === undefined ? '/dev/null' : `a/${file}`;
  const patch = createTwoFilesPatch(old, `b/${file}`, before ?? '', after, undefined, undefined, { context: 3 });
  const head = `diff --git a/${file} b/${file}\n${before === undefined ? 'new file mode 100644\n' : ''}`;
  return `${head}${patch.replace(/^=+\n/, '').replace(/^(---|\+\+\+) ([^\t\n]*)\t?$/gm, '$1 $2')}`;
}

/** Relative, inside its folder, and free of what would break a diff's header. */
export function isSafeFileName(file: string): boolean {
  return (
    file.length > 0 &&
    file.length <= 1024 &&
    !/[\u0000-\u001f\u007f"\\]/.test(file) &&
    !file.startsWith('/') &&
    !file.split('/').some((part) => part === '..' || part === '' || part === '.git')
  );
}

import { change } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { DENIED_WORDS } from './errno-words.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';

/**
 * The path that is refused: errors name it right behind the words (`EACCES: permission denied, open '/data'`) or before them
 * (`open /data: permission denied`); the source file that reports it often stands further on.
 */
function refusedPath(line: string, words: string): string | undefined {
  const [before = '', ...rest] = line.split(words);
  const behind = /^[^\w/\n]{0,3}(?:(?!(?:at|in)\b)\w+ )?["'(]?(\/[\w./-]+)/.exec(rest.join(words))?.[1];
  const paths = /["'( ](\/[\w./-]*[\w/-])/g;
  const elsewhere = /(?<!\b(?:at|in))["'( ](\/[\w./-]+)/.exec(rest.join(words))?.[1];
  return behind ?? [...before.matchAll(paths)].at(-1)?.[1] ?? elsewhere;
}

/** What a program says that it opens or makes next. */
const OPENS =
  /\b(?:open|creat|writ|read|load|lock|mkdir|stor|us|initiali[sz])(?:e|es|s|ing)?\b[^\n]{0,60}?["'=(: ](\/[\w./-]*[\w/-])/i;
const BEFORE = 3;

/** The path of the step that was refused, where the refusal names none: an error without it ends what the line before began. */
function begunPath({ log, index }: LogHit): string | undefined {
  const before = log.lines.slice(Math.max(0, index - BEFORE), index).filter(({ text }) => text.trim() !== '');
  return before.flatMap(({ text, level }) => (level === 'error' ? [] : (OPENS.exec(text)?.[1] ?? []))).at(-1);
}

export const permissionDenied = logAnalyzer({
  kind: 'permission-denied',
  title: 'The file system refuses the program',
  about:
    'Opening, writing or binding fails with permission denied or a read-only file system: the user of the container, fsGroup, a read-only root or a low port.',
  remedy:
    'Give the container user access (fsGroup, owner in the image), mount a writable volume, or use a port above 1024.',
  pattern: anyOf(
    /\bEACCES\b|[Pp]ermission denied|[Rr]ead-only file system|\bEROFS\b|Operation not permitted|Access to the path '[^']+' is denied|nio\.file\.AccessDeniedException/,
    /\bEPERM\b|operation not permitted|\bis not writable|has wrong ownership|has invalid permissions|Unable to create the "?\w*"? ?directory|failed to obtain node locks|must be accessible by owner only/,
    DENIED_WORDS,
  ),
  // What the entrypoint of nginx asks itself where it leaves a file as it is.
  except:
    /\(read-only file system\?\)|publickey|password authentication|for (?:user|relation|table|schema|sequence|database|function|view|type|language)|to create (?:database|role|extension)|etcdserver|hvac|pull access|https?:\/\/|\b[Cc]ode:? 40[13]\b/,
  confidence: 0.87,
  says: (hit) => {
    const path = refusedPath(hit.line.text, hit.match[0]) ?? begunPath(hit);
    return path === undefined
      ? 'the file system refuses it (permission denied)'
      : `it has no permission for \`${path}\``;
  },
  remedies: () => [
    change('Set runAsUser/fsGroup so that the container may use the path, or mount a writable volume there', 'medium'),
  ],
});

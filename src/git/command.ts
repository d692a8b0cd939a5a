import { spawn } from 'node:child_process';
import { OpslineError } from '../errors.ts';

/** What one call of git may take; past it the call is stopped and is `evidence-unreadable`. */
const LIMITS = { timeoutMs: 60_000, outputBytes: 96 * 1024 * 1024 } as const;

/**
 * A repository is hostile input: its configuration may name programs. Only plumbing is called (no hooks, no diffs, no
 * conversion), and what could still start a program is emptied here, where it wins over the repository's own settings.
 */
const SETTINGS = [
  'core.fsmonitor=',
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.alternateRefsCommand=',
  'core.pager=cat',
  'core.sshCommand=false',
  'core.splitIndex=false',
  'credential.helper=',
  'diff.external=',
  'gpg.program=false',
  'log.showSignature=false',
  'protocol.allow=never',
  // Whoever owns the folder: nothing of its configuration is trusted.
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

/** Nothing of the caller's `GIT_*`, no configuration but the repository's, no prompts, no network, no objects fetched. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...extra,
  };
}

/** What holds also where git works for its user: nothing is started that looks at the working tree. */
const AS_USER = ['core.fsmonitor=', 'core.hooksPath=/dev/null', 'core.pager=cat', 'push.gpgSign=false'].flatMap(
  (setting) => ['-c', setting],
);

/** The user's own environment, without what would lead git to another repository or index. */
function userEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const LED =
    /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|PREFIX|TRACE.*|CURL_VERBOSE)$/;
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !LED.test(name)));
  return { ...own, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...extra };
}

export interface GitOptions {
  readonly signal: AbortSignal;
  /**
   * `stranger` (the default): the repository is hostile input, nothing of the user's counts and no remote is reached.
   * `user`: git works as when its user calls it, with their identity, keys and credentials, though without hooks and prompts.
   */
  readonly as?: 'stranger' | 'user';
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

export interface GitAnswer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs git in a folder with an argument array and no shell. Any exit status is an answer. Throws `program-missing` without git,
 * `evidence-unreadable` past the limits of time or output, or the signal's reason.
 */
export function git(folder: string, args: readonly string[], options: GitOptions): Promise<GitAnswer> {
  options.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const user = options.as === 'user';
    const child = spawn('git', [...(user ? AS_USER : SETTINGS), '--no-pager', ...args], {
      cwd: folder,
      env: user ? userEnvironment(options.env ?? {}) : environment(options.env ?? {}),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const said: Buffer[] = [];
    let bytes = 0;
    let failure: unknown;
    const stop = (why: unknown): void => {
      failure ??= why;
      child.kill('SIGKILL');
    };
    const tooMuch = (what: string) =>
      new OpslineError('evidence-unreadable', `git ${args[0] ?? ''} ${what} and was stopped. Narrow the range.`);
    const timer = setTimeout(() => stop(tooMuch(`took longer than ${LIMITS.timeoutMs / 1000} s`)), LIMITS.timeoutMs);
    const abort = (): void => stop(options.signal.reason);
    options.signal.addEventListener('abort', abort, { once: true });
    const collect = (parts: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LIMITS.outputBytes) stop(tooMuch(`wrote more than ${LIMITS.outputBytes} bytes`));
      else parts.push(chunk);
    };
    child.stdout.on('data', collect(out));
    child.stderr.on('data', collect(said));
    // git may end before it has read everything; its exit status says what that means.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    const settle = (done: () => void): void => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', abort);
      done();
    };
    child.on('error', (cause: NodeJS.ErrnoException) =>
      settle(() => reject(new OpslineError('program-missing', `git could not be started (${cause.code}).`, { cause }))),
    );
    child.on('close', (code) =>
      settle(() => {
        if (failure !== undefined) reject(failure);
        else resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(said).toString('utf8') });
      }),
    );
  });
}

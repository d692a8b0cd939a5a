import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildOf,
  ENGINE_LIMITS,
  type Executed,
  execute,
  type Started,
  saidTooMuch,
  startEngine,
  tookTooLong,
} from './execute.ts';

/** A process that nobody asked anything for so long is ended; a run asks again within milliseconds. */
const IDLE_MS = 2_000;

/** A process that answered so many calls is ended: what they left in its memory is bounded. */
const MOST_CALLS = 500;

/** One call of a program's command line. */
export interface Call {
  readonly folder: string;
  readonly args: readonly string[];
  /** Whether the program's log is asked for. */
  readonly verbose: boolean;
}

/** The first line of an answer: bytes of what follows. */
interface Head {
  readonly code: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** A process of `PROGRAM serve`; `tools/modules/kyverno/main.go` says what goes over its pipes. */
class Server {
  readonly build: string;
  readonly #program: string;
  readonly #started: Started;
  readonly #folder: string;
  #head: Head | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #words = '';
  #code: number | undefined;
  #calls = 0;
  #changed: () => void = () => {};
  #idle: NodeJS.Timeout | undefined;

  private constructor(program: string, build: string, started: Started, folder: string) {
    this.#program = program;
    this.build = build;
    this.#started = started;
    this.#folder = folder;
    const { child } = started;
    // Neither a process that waits nor its pipes keep ours from ending; a call's timer does.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket | null)?.unref();
    child.stdin?.on('error', () => {});
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#changed();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = `${this.#words}${text}`.slice(-20_000);
    });
    child.on('error', () => this.#end(-1));
    child.on('close', (code) => this.#end(code ?? -1));
    alive.add(this);
  }

  static async start(program: string, build: string, signal: AbortSignal): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'opsline-policy-'));
    try {
      return new Server(program, build, await startEngine(program, ['serve'], folder, signal, 'pipe'), folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get ended(): boolean {
    return this.#code !== undefined;
  }

  /**
   * Where it ended instead of answering, its own exit code and words. Throws `engine-failed` at a limit, or the signal's reason, and has
   * ended then, too.
   */
  async ask(call: Call, signal: AbortSignal): Promise<Executed> {
    clearTimeout(this.#idle);
    const { timeoutMs, outputBytes } = ENGINE_LIMITS;
    let failure: unknown;
    const fail = (why: unknown): void => {
      failure ??= why;
      this.#changed();
    };
    const timer = setTimeout(() => fail(tookTooLong(this.#program, timeoutMs)), timeoutMs);
    const abort = (): void => fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      this.#started.child.stdin?.write(`${JSON.stringify({ ...call, limit: outputBytes })}\n`);
      for (;;) {
        const answer = this.#answer();
        if (answer !== undefined) return answer;
        if (failure !== undefined) throw failure;
        if (this.#code !== undefined) return { code: this.#code, stdout: '', stderr: this.#words };
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
      }
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Waits for the next call, and ends when there is none for a while. */
  rest(): void {
    if (++this.#calls >= MOST_CALLS) {
      this.stop();
      return;
    }
    this.#idle = setTimeout(() => this.stop(), IDLE_MS).unref();
    waiting.add(this);
  }

  stop(): void {
    this.#started.kill();
    this.#end(-1);
  }

  #end(code: number): void {
    if (this.#code !== undefined) return;
    this.#code = code;
    clearTimeout(this.#idle);
    alive.delete(this);
    waiting.delete(this);
    rmSync(this.#folder, { recursive: true, force: true });
    this.#changed();
  }

  /** The answer, once it has arrived whole. */
  #answer(): Executed | undefined {
    if (this.#head === undefined) {
      const said = Buffer.concat(this.#chunks);
      const end = said.indexOf('\n');
      if (end === -1) return undefined;
      this.#head = JSON.parse(said.toString('utf8', 0, end)) as Head;
      this.#chunks = [said.subarray(end + 1)];
      this.#bytes = said.length - end - 1;
    }
    const { code, stdout, stderr } = this.#head;
    if (stdout + stderr > ENGINE_LIMITS.outputBytes) throw saidTooMuch(this.#program, ENGINE_LIMITS.outputBytes);
    if (this.#bytes < stdout + stderr) return undefined;
    const said = Buffer.concat(this.#chunks);
    this.#head = undefined;
    this.#chunks = [];
    this.#bytes = 0;
    return { code, stdout: said.toString('utf8', 0, stdout), stderr: said.toString('utf8', stdout) };
  }
}

const alive = new Set<Server>();
process.on('exit', () => {
  for (const server of alive) server.stop();
});

const waiting = new Set<Server>();

function takeWaiting(build: string): Server | undefined {
  const server = [...waiting].find((one) => one.build === build);
  if (server !== undefined) waiting.delete(server);
  return server;
}

/** Builds of programs that do not know `serve`, such as upstream's own. */
const unserved = new Set<string>();

/**
 * Runs a program's command line as `execute` does, in a process that may have answered other calls before, where the program knows
 * `serve`; else in one of its own, with `loud` as further arguments where its log is asked for. A process that ends instead of answering
 * may have been broken by an earlier call: a new one is asked then. Throws as `execute` does.
 */
export async function serveOrExecute(
  program: string,
  call: Call,
  loud: readonly string[],
  signal: AbortSignal,
): Promise<Executed> {
  const build = await buildOf(program);
  while (!unserved.has(build)) {
    const used = takeWaiting(build);
    const server = used ?? (await Server.start(program, build, signal));
    const answer = await server.ask(call, signal);
    if (!server.ended) {
      server.rest();
      return answer;
    }
    if (answer.stderr.includes('unknown command "serve"')) unserved.add(build);
    else if (used === undefined) return answer;
  }
  return execute(program, [...call.args, ...(call.verbose ? loud : [])], call.folder, signal);
}

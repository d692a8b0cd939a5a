/*
 * The shapes of multi-line traces, as runtimes print them: the JVM (Java, Kotlin, Scala), Python (also chained and grouped),
 * Go (panics, goroutine dumps), Node, .NET, Ruby, Rust and PHP, and Terraform's boxes.
 */
const CONTINUES: readonly RegExp[] = [
  /^(?:Caused by|Suppressed|Wrapped by):/,
  /^Traceback \(most recent call last\):|^During handling of the above|^The above exception was/,
  /^goroutine \d+ \[|^created by |^\[signal |^\[(?:recovered|originating)|^exit status \d+$|^(?:rax|rbx|rip) /,
  /^--- End of (?:inner exception|stack trace)|^\s*---> /,
  /^stack backtrace:|^note: run with `RUST_BACKTRACE|^(?:Location|Stack backtrace):$/,
  /^(?:PHP )?(?:Stack trace:|#\d+ )|^\s+thrown in /,
  /^(?:│|╷|╵)/,
  /^[}\])]+[,;]?$|^\^+$|^Node\.js v\d/,
];
/** `main.serve(0xc000012, …)` in a goroutine dump. */
const GO_CALL = /^(?:[\w.-]+\/)*[\w.\-()*[\]…]+\([^)]*\)$|^panic\(/;
/** `IllegalStateException: no stock`, `requests.exceptions.ConnectionError`, on a line of its own. */
const EXCEPTION = /^(?:[\w$-]+[./:]{1,2})*(?:[A-Z][\w$]*)?(?:Error|Exception|Exit|Interrupt|Fault|Panic)(?:: |:?$|\n)/;
/** A class by its package, of which an exception below an error needs no telling name. */
const QUALIFIED = /^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?::|$)/;
const BEGINS =
  /^(?:panic: |fatal error: |Unhandled exception|Exception in thread |thread '[^']*' (?:\(\d+\) )?panicked at|PHP Fatal error|Uncaught |\S+\.rb:\d+:in [`'].*\([\w:]+\)$)/;
const NODE_SOURCE = /^(?:file:\/\/|node:|\/|[A-Za-z]:\\)\S+:\d+$/;
const RUBY_FRAME = /^(?:\/|\.\/|[\w-]+\/)\S+\.rb:\d+:in [`'][^']*'$/;

/** `ended`: the trace told its error; it may go on behind a blank line. `open`: an exception may stand on the next line. */
type Mode = 'none' | 'python' | 'go' | 'node' | 'rust' | 'open' | 'ended';

/**
 * Tells, line by line, which lines belong to the event that began above them: stack frames, causes, the message behind a Python
 * traceback. For one stream. Constant memory.
 */
export class TraceReader {
  #mode: Mode = 'none';
  #blanks = 0;

  /** Whether this line goes on with the one before. `text` is without collectors' prefixes. */
  push(text: string): boolean {
    const continues = this.#continues(text);
    if (!continues) this.#mode = modeOf(text);
    return continues;
  }

  #continues(text: string): boolean {
    const first = text.charCodeAt(0);
    if (Number.isNaN(first) || text.trim() === '') {
      // Chained tracebacks and goroutine dumps have blank lines between their parts.
      this.#blanks++;
      return this.#mode !== 'none' && this.#mode !== 'open' && this.#blanks < 3;
    }
    const blanks = this.#blanks;
    this.#blanks = 0;
    // An indented line right below is part of what stands above it.
    if (first === 0x20 || first === 0x09) return blanks === 0 || this.#mode !== 'none';
    if (CONTINUES.some((shape) => shape.test(text))) {
      if (text.startsWith('Traceback')) this.#mode = 'python';
      else if (/^goroutine |^\[signal/.test(text)) this.#mode = 'go';
      return true;
    }
    if (RUBY_FRAME.test(text)) return blanks === 0;
    switch (this.#mode) {
      case 'python':
        // The exception itself ends a traceback; it may have no word "Error" in its name.
        if (!/^[\w.]+(?::|$)/.test(text)) return false;
        this.#mode = 'ended';
        return true;
      case 'go':
        return GO_CALL.test(text);
      case 'node':
        // The source line, a caret and a blank line stand above the error.
        this.#mode = 'ended';
        return blanks === 1;
      case 'rust':
        this.#mode = 'ended';
        return blanks === 0;
      case 'open':
        return blanks === 0 && (EXCEPTION.test(text) || QUALIFIED.test(text));
      default:
        return false;
    }
  }
}

function modeOf(text: string): Mode {
  if (text.startsWith('Traceback (most')) return 'python';
  if (/^(?:panic: |fatal error: |goroutine \d)/.test(text)) return 'go';
  if (/panicked at /.test(text)) return 'rust';
  if (NODE_SOURCE.test(text)) return 'node';
  // `log.error("…", e)` writes its own line first, and the exception below.
  return /\b(?:ERROR|FATAL|SEVERE|CRITICAL|Error|error)\b/.test(text.slice(0, 200)) && !EXCEPTION.test(text)
    ? 'open'
    : 'none';
}

/** Whether a line by itself says that a program gives up: the head of a panic, an uncaught exception. */
export function beginsTrace(text: string): boolean {
  return BEGINS.test(text) || EXCEPTION.test(text);
}

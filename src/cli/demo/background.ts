import { buildProgram } from '../../programs/build.ts';
import { findProgram } from '../../programs/find.ts';

/** Work that goes on while the demo shows what it has already. */
export interface Background<T> {
  readonly done: Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }>;
}

/** What is being done now, one line for each thing. */
export class Activity {
  readonly #lines = new Map<string, string>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  set(what: string, line: string): void {
    this.#lines.set(what, line);
    this.#changed();
  }

  end(what: string): void {
    this.#lines.delete(what);
    this.#changed();
  }

  get text(): string {
    return [...this.#lines.values()].join(' · ');
  }
}

/** Starts work whose failure is looked at later. */
export function inBackground<T>(work: () => Promise<T>): Background<T> {
  return {
    done: work().then(
      (value) => ({ ok: true as const, value }),
      (error: unknown) => ({ ok: false as const, error }),
    ),
  };
}

/** Finds a program or builds it. */
export async function obtainProgram(name: string, activity: Activity, signal: AbortSignal): Promise<string> {
  try {
    return (await findProgram(name)) ?? (await buildProgram(name, (line) => activity.set(name, line), signal));
  } finally {
    activity.end(name);
  }
}

import { buildProgram } from '../../src/programs/build.ts';
import { findProgram } from '../../src/programs/find.ts';

/**
 * The path of an outside program, built first when it is nowhere (minutes when Go's build cache is cold: give the
 * `beforeAll` that calls this `BUILD_TIMEOUT_MS`).
 */
export async function program(name: string): Promise<string> {
  return (await findProgram(name)) ?? buildProgram(name, (line) => process.stderr.write(`  ${line}\n`));
}

export const BUILD_TIMEOUT_MS = 30 * 60_000;

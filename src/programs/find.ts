import { OpslineError } from '../errors.ts';
import { builtPath, isProgramName, ON_PATH, PROGRAMS, type ProgramName, programPin } from './catalog.ts';
import { findOnPath, isExecutable } from './path.ts';

function known(name: string): ProgramName {
  if (isProgramName(name)) return name;
  throw new OpslineError('program-missing', `opsline knows no program "${name}". It knows ${PROGRAMS.join(', ')}.`);
}

/**
 * The full path of an outside program: what `OPSLINE_<NAME>` names, else the pinned version in the cache, else whatever
 * stands on PATH. Undefined when it is nowhere. Throws `program-missing` when `OPSLINE_<NAME>` names no executable file.
 */
export async function findProgram(program: string, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const name = known(program);
  const variable = `OPSLINE_${name.toUpperCase()}`;
  const override = env[variable];
  if (override !== undefined && override !== '') {
    if (await isExecutable(override)) return override;
    throw new OpslineError('program-missing', `${variable} names ${override}, which is not an executable file.`);
  }
  const built = builtPath(await programPin(name), env);
  if (await isExecutable(built)) return built;
  return findOnPath(ON_PATH[name], env.PATH);
}

/** As {@link findProgram}, but throws `program-missing` with the one command that mends it. */
export async function requireProgram(program: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = await findProgram(program, env);
  if (path !== undefined) return path;
  throw new OpslineError(
    'program-missing',
    `${program} is neither on PATH nor built yet. Build it with: opsline doctor --build ${program}`,
  );
}

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../digest.ts';

/** The outside programs that opsline can build for itself. Each is pinned as a Go module in `tools/modules/<name>`. */
export const PROGRAMS = ['opa', 'gator', 'kyverno', 'kubeconform'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

export function isProgramName(name: string): name is ProgramName {
  return (PROGRAMS as readonly string[]).includes(name);
}

/** Other names under which a program may stand on PATH. */
export const ON_PATH: Readonly<Record<ProgramName, readonly string[]>> = {
  opa: ['opa'],
  gator: ['gator'],
  kyverno: ['kyverno', 'kubectl-kyverno'],
  kubeconform: ['kubeconform'],
};

/** What `go.mod` says about a program. */
export interface ProgramPin {
  readonly name: string;
  /** Without the leading `v`. */
  readonly version: string;
  /** The Go package that is built: the tool's, or the folder's own where that wraps it. */
  readonly package: string;
  /** Of a folder with a `main.go` of its own, the first eight digits of its SHA-256: with it another program is built. */
  readonly wrapped?: string;
  /** The upstream module that holds the package. */
  readonly upstream: string;
  /** The lowest Go version that builds it, such as `1.26.6`. */
  readonly go: string;
  /** The folder of our Go module that pins it. */
  readonly module: string;
}

/** The pin of a program that opsline builds for its users. */
export function programPin(name: ProgramName): Promise<ProgramPin> {
  return readPin(name, fileURLToPath(new URL(`../../tools/modules/${name}`, import.meta.url)));
}

/**
 * Reads a program's pin from the `go.mod` in the folder `module`, the only place where versions are written: its `tool`
 * line, or of several the one whose package has the program's name. A `main.go` beside it is built instead of the tool.
 */
export async function readPin(name: string, module: string): Promise<ProgramPin> {
  const text = await readFile(join(module, 'go.mod'), 'utf8');
  const tools = [
    /^tool (\S+)$/m.exec(text)?.[1] ?? [],
    /^tool \(\n([^)]*)\)/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [],
  ].flat();
  const tool = tools.length === 1 ? tools[0] : tools.find((path) => path.endsWith(`/${name}`));
  const go = /^go (\S+)$/m.exec(text)?.[1];
  if (tool === undefined || go === undefined)
    throw new Error(`${module}/go.mod has no go line, or no tool line for ${name}`);
  const versions = [...text.matchAll(/^\s*(?:require )?(\S+) v(\S+)/gm)];
  // The tool's package lies inside its module: the longest required path that is a prefix of it.
  const owner = versions
    .filter(([, path]) => tool === path || tool.startsWith(`${path}/`))
    .sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))[0];
  if (owner?.[2] === undefined) throw new Error(`${module}/go.mod does not require ${tool}`);
  const pin = { name, version: owner[2], package: tool, upstream: owner[1] as string, go, module };
  const wrapper = await readFile(join(module, 'main.go')).catch(() => undefined);
  return wrapper === undefined ? pin : { ...pin, package: '.', wrapped: sha256(wrapper).slice(0, 8) };
}

/** Where opsline keeps what it downloads and builds: `$XDG_CACHE_HOME/opsline`, else `~/.cache/opsline`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'opsline');
}

/** The path that a pinned program is built to. */
export function builtPath(pin: ProgramPin, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'bin', [pin.name, pin.version, ...(pin.wrapped ? [pin.wrapped] : [])].join('-'));
}

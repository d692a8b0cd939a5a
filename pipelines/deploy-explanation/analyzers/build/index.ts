import type { OutputKind } from '../output-analyzer.ts';
import { ci } from './ci.ts';
import { compile } from './compile.ts';
import { dependencies } from './dependencies.ts';
import { docker } from './docker.ts';
import { gates } from './gates.ts';
import { nix } from './nix.ts';
import { testsFailed } from './tests.ts';

/** Kinds of the build stage, where several read one line the more telling first. */
export const build: readonly OutputKind[] = [
  ...nix,
  ...docker,
  testsFailed,
  ...compile,
  ...dependencies,
  ...gates,
  ...ci,
];

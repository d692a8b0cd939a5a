import type { Command } from 'commander';
import pc from 'picocolors';
import type { Finding } from './doctor/check.ts';
import { createTicker, print, printJson, wantsColor } from './io.ts';
import { configure, type Flags, modelOption, outputOption } from './options.ts';

interface DoctorFlags extends Flags {
  readonly build?: string;
  readonly output: 'text' | 'json';
}

/** `opsline doctor`: what is there, what is missing, and the one command that mends it. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check Redis, the model (one real call), its provider, the policy programs and their isolation')
    .option(
      '--build <program>',
      'build one program into the cache and print its path: opa, gator, kyverno, kubeconform',
    )
    .addOption(modelOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Exit code: 0 everything needed is there, 1 something needed is missing.

Examples:
  opsline doctor
  opsline doctor --build gator
  OPENAI_API_KEY=… opsline doctor --model openai:gpt-5-mini`,
    )
    .action(async (flags: DoctorFlags) => {
      if (flags.build !== undefined) return build(flags.build);
      const findings = await examine(flags);
      if (flags.output === 'json') printJson(findings);
      else print(render(findings, wantsColor(process.stdout)));
      process.exitCode = findings.some((finding) => finding.state === 'missing') ? 1 : 0;
    });
}

async function build(name: string): Promise<void> {
  const { buildProgram } = await import('../programs/build.ts');
  const ticker = createTicker();
  try {
    const path = await buildProgram(name, ticker.tell);
    ticker.clear();
    print(path);
  } finally {
    ticker.clear();
  }
}

async function examine(flags: Flags): Promise<Finding[]> {
  const config = configure(flags);
  const [{ checkPrograms }, { checkRedis }, { checkModel }, { checkIsolation }] = await Promise.all([
    import('./doctor/programs.ts'),
    import('./doctor/redis.ts'),
    import('./doctor/model.ts'),
    import('./doctor/isolation.ts'),
  ]);
  const ticker = createTicker();
  ticker.tell('asking Redis and the model, looking for programs');
  try {
    const [redis, model, programs, isolation] = await Promise.all([
      checkRedis(config),
      checkModel(config, flags.model !== undefined),
      checkPrograms(),
      checkIsolation(),
    ]);
    return [{ name: 'node', state: 'ok', detail: process.version }, redis, ...model, ...programs, isolation];
  } finally {
    ticker.clear();
  }
}

function render(findings: readonly Finding[], color: boolean): string {
  const { green, yellow, red, bold } = pc.createColors(color);
  const sign = { ok: green('ok'), optional: yellow('--'), missing: red('!!') };
  const width = Math.max(...findings.map((finding) => finding.name.length));
  return findings
    .map(({ name, state, detail, mend }) => {
      const line = `${sign[state]}  ${bold(name.padEnd(width))}  ${detail}`;
      return mend === undefined ? line : `${line}\n    ${' '.repeat(width)}  mend it with: ${mend}`;
    })
    .join('\n');
}

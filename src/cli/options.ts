import { InvalidArgumentError, Option } from 'commander';
import { type Config, readConfig } from '../config.ts';
import { OpslineError } from '../errors.ts';

const USES = { md: ', md for a ticket or a chat', html: ', html for a browser (one file)' };

/** `-o text|json`: json prints the result alone, as the pipeline returned it. */
export function outputOption(...more: (keyof typeof USES)[]): Option {
  const others = more.map((format) => USES[format]).join('');
  return new Option('-o, --output <format>', `text for a person, json for a program${others}`)
    .choices(['text', 'json', ...more])
    .default('text');
}

export function serverOption(): Option {
  return new Option('--server <url>', 'ask a running opsline instead of working here (OPSLINE_URL)');
}

export function modelOption(): Option {
  return new Option('--model <name>', 'none, embedded, or <provider>:<model> (OPSLINE_MODEL)');
}

/** Parses a whole number between two limits, for commander. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Parses a number, for commander. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

/** What flags say instead of the environment. */
export interface Flags {
  readonly server?: string;
  readonly model?: string;
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
}

/**
 * The configuration of a command that runs a pipeline, here or on a service. Throws `invalid-input`, also for a model that was
 * named although a service, with a model of its own, is to answer.
 */
export function configureRun(flags: Flags): Config {
  const config = configure(flags);
  if (flags.model === undefined || config.serverUrl === undefined) return config;
  const detail = 'A service answers with its own model: leave out --model, or else --server and OPSLINE_URL.';
  throw new OpslineError('invalid-input', detail);
}

/** The configuration: flags win over the environment. Throws `invalid-input`. */
export function configure(flags: Flags): Config {
  return readConfig({
    ...process.env,
    ...(flags.server === undefined ? {} : { OPSLINE_URL: flags.server }),
    ...(flags.model === undefined ? {} : { OPSLINE_MODEL: flags.model }),
    ...(flags.host === undefined ? {} : { OPSLINE_HOST: flags.host }),
    ...(flags.port === undefined ? {} : { OPSLINE_PORT: String(flags.port) }),
    ...(flags.data === undefined ? {} : { OPSLINE_DATA: flags.data }),
  });
}

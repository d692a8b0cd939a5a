import { asObject, at, isObject, type Json, number, objects, text } from '../../json.ts';
import type { ObjectRef } from '../model.ts';
import type { Output } from '../outputs.ts';
import { stackErrors } from './stack-tools.ts';

/**
 * One error that Terraform or OpenTofu reports, as printed (boxed or not), by `-json`, or by `validate -json`; or that another tool
 * reports of a resource (Pulumi, the CDK, CloudFormation), which has `object` instead of an address.
 */
export interface Diagnostic {
  readonly summary: string;
  /** All of it in one line of text, without the box. */
  readonly text: string;
  /** Index of its first line in the output, and of the line after its last. */
  readonly at: number;
  readonly end: number;
  /** `module.a.aws_sqs_queue.b["c"]`, where it is about a resource, data source or provider. */
  readonly address?: string;
  readonly file?: string;
  readonly line?: string;
  /** `resource`, `data`, `module`, `provider`, `variable`, `output`, `check`: what stands at that line. */
  readonly block?: string;
  /** What stands there, where the error shows it. */
  readonly code?: string;
  readonly object?: ObjectRef;
}

const SPEAKS =
  /\b(?:Terraform|OpenTofu|tofu|terraform)\b|\.(?:tf|tofu) line \d+|^Initializing (?:the backend|modules|provider plugins)|^(?:│ )?Error: (?:Cycle: |Saved plan is stale|Error acquiring the state lock)/;
/** `init` says this before the errors that it means. */
const PREAMBLE = /^(?:Terraform|OpenTofu) encountered problems during initiali[sz]ation/;
const SNIPPET = /^\s*(?:\d+: |├─+)/;
const OPENS = /^(?:│ )?Error: (.*)$/;
const CLOSES =
  /^(?:╵|╷|##\[|(?:Error|Warning): |ERROR: |\$ |time=|section_end|Releasing state lock|Stack trace from the )/;
const MAX_BLOCK = 80;

const WITH = /^\s*with ([\w.[\]"\-/:]+),\s*$/;
const ON = /^\s*on (\S+\.(?:tf|tofu|tfvars)(?:\.json)?) line (\d+)(?:, in (\w+)(?: "([^"]*)")?(?: "([^"]*)")?)?/;

function addressOf(
  block: string | undefined,
  first: string | undefined,
  second: string | undefined,
): string | undefined {
  if (block === 'resource' && first !== undefined && second !== undefined) return `${first}.${second}`;
  if (block === 'data' && first !== undefined && second !== undefined) return `data.${first}.${second}`;
  return undefined;
}

function read(output: Output, at: number, summary: string): Diagnostic {
  const boxed = (output.lines[at]?.text ?? '').startsWith('│');
  const parts: string[] = [summary];
  let end = at + 1;
  let found: Partial<Diagnostic> = {};
  for (; end < output.lines.length && end - at < MAX_BLOCK; end++) {
    const raw = output.lines[end]?.text ?? '';
    if (boxed ? !raw.startsWith('│') : CLOSES.test(raw)) break;
    const line = raw.replace(/^│ ?/, '');
    const address = WITH.exec(line)?.[1];
    const place = ON.exec(line);
    if (address !== undefined && found.address === undefined) found = { ...found, address };
    if (place !== null && found.file === undefined) {
      const [, file, number, block, first, second] = place;
      const named = addressOf(block, first, second);
      found = {
        ...found,
        ...(file === undefined ? {} : { file }),
        ...(number === undefined ? {} : { line: number }),
        ...(block === undefined ? {} : { block }),
        ...(found.address === undefined && named !== undefined ? { address: named } : {}),
      };
    }
    const code = /^\s*\d+: (.*\S)/.exec(line)?.[1];
    if (code !== undefined && found.code === undefined) found = { ...found, code };
    if (line.trim() === '' || address !== undefined || place !== null || SNIPPET.test(line)) continue;
    parts.push(line.replace(/^\s*│ ?/, '').trim());
  }
  const detail = parts.slice(1).join(' ');
  return { summary, text: detail === '' ? summary : `${summary.replace(/\.$/, '')}. ${detail}`, at, end, ...found };
}

/** A diagnostic of the machine-readable forms. */
function ofJson(diagnostic: Json, line: number): Diagnostic | undefined {
  const summary = text(diagnostic.summary);
  if (summary === undefined || text(diagnostic.severity) !== 'error') return undefined;
  const address = text(diagnostic.address);
  const file = text(at(diagnostic, 'range', 'filename'));
  const code = text(at(diagnostic, 'snippet', 'code'))?.trim();
  const row = number(at(diagnostic, 'range', 'start', 'line'));
  const context = /^(\w+)(?: "([^"]*)")?(?: "([^"]*)")?/.exec(text(at(diagnostic, 'snippet', 'context')) ?? '');
  const named = address ?? addressOf(context?.[1], context?.[2], context?.[3]);
  return {
    summary,
    text: `${summary}. ${(text(diagnostic.detail) ?? '').replace(/\s+/g, ' ')}`,
    at: line,
    end: line + 1,
    ...(named === undefined ? {} : { address: named }),
    ...(file === undefined ? {} : { file }),
    ...(row === undefined ? {} : { line: String(row) }),
    ...(context?.[1] === undefined ? {} : { block: context[1] }),
    ...(code === undefined ? {} : { code }),
  };
}

function jsonLine(raw: string): Json | undefined {
  if (!raw.startsWith('{') || !raw.includes('"@message"') || raw.length > 200_000) return undefined;
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The errors of `validate -json`, whose whole text is one object. */
function ofValidate(output: Output): Diagnostic[] {
  const whole = output.lines.map((line) => line.text).join('\n');
  if (!/^\s*\{/.test(whole) || !whole.includes('"diagnostics"')) return [];
  try {
    const value: unknown = JSON.parse(whole);
    return objects(at(value, 'diagnostics')).flatMap((diagnostic) => {
      const needle = `"summary": ${JSON.stringify(diagnostic.summary)}`;
      const line = output.lines.findIndex(
        (one) => one.text.includes(needle) || one.text.includes(needle.replace(': ', ':')),
      );
      return ofJson(diagnostic, Math.max(0, line)) ?? [];
    });
  } catch {
    return [];
  }
}

/**
 * The errors in an output of Terraform, OpenTofu or Terragrunt, in its order. Formats: the diagnostics of the command line,
 * and `type: diagnostic` of the machine-readable UI (https://developer.hashicorp.com/terraform/internals/machine-readable-ui).
 */
export function parseDiagnostics(output: Output): readonly Diagnostic[] {
  const known = PARSED.get(output) ?? parse(output);
  PARSED.set(output, known);
  return known;
}

const PARSED = new WeakMap<Output, readonly Diagnostic[]>();

function parse(output: Output): Diagnostic[] {
  const validated = ofValidate(output);
  if (validated.length > 0) return validated;
  const speaks = output.lines.some(({ text }) => SPEAKS.test(text));
  const found: Diagnostic[] = [];
  for (let index = 0; index < output.lines.length; index++) {
    const line = output.lines[index]?.text ?? '';
    const message = jsonLine(line);
    if (message !== undefined) {
      const diagnostic = isObject(message.diagnostic) ? ofJson(asObject(message.diagnostic), index) : undefined;
      if (diagnostic !== undefined) found.push(diagnostic);
      continue;
    }
    const opens = OPENS.exec(line);
    if (opens === null || (!speaks && !line.startsWith('│'))) continue;
    const diagnostic = read(output, index, opens[1] ?? '');
    if (!PREAMBLE.test(diagnostic.summary)) found.push(diagnostic);
    index = diagnostic.end - 1;
  }
  if (found.length === 0) return stackErrors(output);
  const begun = found.some(({ address }) => address === undefined) ? begunIn(output) : [];
  const told = found.map((diagnostic) => atWork(begun, diagnostic));
  return told.map((diagnostic) => leftOver(output, told, diagnostic));
}

interface Begun {
  readonly address: string;
  readonly id: string;
}

const MAX_BEGUN = 500;

/** Resources on which work began, with the ids that they had. */
function begunIn({ lines }: Output): Begun[] {
  const found: Begun[] = [];
  for (const { text: line } of lines) {
    const [, address, id] = /^(\S+): (?:Destroying|Modifying|Creating)\.\.\. \[id=([^\]]{3,})\]$/.exec(line) ?? [];
    if (address !== undefined && id !== undefined) found.push({ address, id });
    if (found.length >= MAX_BEGUN) break;
  }
  return found;
}

/**
 * The address of an error without one: what was being destroyed when its configuration was gone has no `with`. The error names the id,
 * which stood behind the address when work on it began.
 */
function atWork(begun: readonly Begun[], diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.address !== undefined || diagnostic.file !== undefined) return diagnostic;
  const named = begun.filter(({ id }) => diagnostic.text.includes(id)).map(({ address }) => address);
  const [address, ...others] = new Set(named);
  return address === undefined || others.length > 0 ? diagnostic : { ...diagnostic, address };
}

const WORK =
  /^(?<address>\S+): (?:(?<begins>Destroying|Modifying|Creating)\.\.\.|(?:Destruction|Modifications|Creation) complete after )/;

/** Resources on which work began above a line and did not come to its end. */
function unfinishedAt({ lines }: Output, end: number): Set<string> {
  const open = new Set<string>();
  for (const { text: line } of lines.slice(0, end)) {
    const { address, begins } = WORK.exec(line)?.groups ?? {};
    if (address === undefined) continue;
    if (begins === undefined) open.delete(address);
    else open.add(address);
  }
  return open;
}

/** The address of the one error without any, where work was left undone on one resource that no other error is about. */
function leftOver(output: Output, all: readonly Diagnostic[], diagnostic: Diagnostic): Diagnostic {
  const lacks = ({ address, file }: Diagnostic) => address === undefined && file === undefined;
  if (!lacks(diagnostic) || all.filter(lacks).length > 1) return diagnostic;
  const open = unfinishedAt(output, diagnostic.at);
  for (const { address } of all) if (address !== undefined) open.delete(address);
  const [address, ...others] = open;
  return address === undefined || others.length > 0 ? diagnostic : { ...diagnostic, address };
}

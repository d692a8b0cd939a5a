import { type AxField, type AxGen, type AxSignature, ax, f } from '@ax-llm/ax';
import type { z } from 'zod';
import type { Signature } from './signature.ts';

/** Correction turns after a first answer that does not fit: two, so three answers at most. */
export const CORRECTIONS = 2;

type Values = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: the zod schemas of the signature carry the types
type AnySignature = AxSignature<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type Program = AxGen<any, any>;

const structured = new WeakMap<AnySignature, AnySignature>();

/**
 * The signature with structured output forced: in ax's text mode a line of YAML that looks like `field: value` is taken for
 * the next field.
 */
function forceJson(signature: AnySignature): AnySignature {
  const known = structured.get(signature);
  if (known !== undefined) return known;
  const builder = f().addInputFields(signature.getInputFields()).addOutputFields(signature.getOutputFields());
  const description = signature.getDescription();
  if (description !== undefined) builder.description(description);
  const built = builder.useStructured().build();
  structured.set(signature, built);
  return built;
}

/**
 * Checks what ax does not: a kebab-case name, an instruction, and demos that fit both schemas and name no field that ax would
 * drop in silence. Throws an `Error` that says what is wrong; a test of the repository calls it for every signature.
 */
export function validateSignature<I, O>(signature: Signature<I, O>): void {
  const { name } = signature;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw new Error(`signature "${name}" is not in kebab case`);
  if (signature.instruction.trim() === '') throw new Error(`signature ${name} has an empty instruction`);
  const fields = new Set(
    [...signature.ax.getInputFields(), ...signature.ax.getOutputFields()].map((field) => field.name),
  );
  signature.demos?.forEach((demo, index) => {
    for (const end of ['input', 'output'] as const) {
      const parsed = (signature[end] as z.ZodType).safeParse(demo[end]);
      if (!parsed.success) {
        throw new Error(
          `demo ${index + 1} of signature ${name} does not fit its ${end}: ${issuesOf(parsed.error).join('; ')}`,
        );
      }
      for (const key of Object.keys(demo[end] as Values)) {
        if (!fields.has(key))
          throw new Error(`demo ${index + 1} of signature ${name} has "${key}", which ax does not know`);
      }
    }
  });
}

/**
 * One program for one call: ax keeps usage, chat log and instruction on the instance, so programs are not shared. `onIssues`
 * hears where an answer did not fit.
 */
export function buildProgram<I, O>(signature: Signature<I, O>, onIssues: (issues: string[]) => void): Program {
  const gen: Program = ax(forceJson(signature.ax), { maxRetries: CORRECTIONS });
  gen.setId(signature.name);
  gen.setInstruction(signature.instruction);
  const traces = (signature.demos ?? []).map(({ input, output }) => ({
    ...presentable(signature.ax.getInputFields(), input as Values),
    ...withoutUndefined(output as Values),
  }));
  if (traces.length > 0) gen.setDemos([{ programId: signature.name, traces }]);
  gen.addAssert((output: Values) => {
    const parsed = readOutput(signature, output);
    if (parsed.success) return true;
    onIssues(issuesOf(parsed.error));
    return parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'answer'}: ${message}`).join('; ');
  });
  return gen;
}

/** Paths and rules of what does not fit; no messages, because they may quote the answer. */
export function issuesOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, code }) => `${path.join('.') || 'answer'} (${code})`);
}

/** Holds an answer to the zod schema, after dropping what ax writes for an absent optional field: `null`. */
export function readOutput<I, O>(signature: Signature<I, O>, output: unknown): z.ZodSafeParseResult<O> {
  return signature.output.safeParse(dropNulls(signature.ax.getOutputFields(), output));
}

interface FieldType {
  readonly fields?: Readonly<Record<string, FieldType & { readonly isOptional?: boolean }>> | undefined;
}

function dropNulls(fields: readonly AxField[], output: unknown): unknown {
  const named = fields.map(({ name, isOptional, type }) => [name, { isOptional, fields: type?.fields }] as const);
  return dropIn({ fields: Object.fromEntries(named) as NonNullable<FieldType['fields']> }, output);
}

function dropIn(type: FieldType, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => dropIn(type, item));
  if (type.fields === undefined || typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const field = type.fields?.[key];
    if (field === undefined) return [[key, inner]];
    return inner === null && field.isOptional === true ? [] : [[key, dropIn(field, inner)]];
  });
  return Object.fromEntries(kept);
}

function withoutUndefined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** What an empty required input is shown as: ax refuses `''` and `[]`. */
const NONE = '(none)';

/** Input values as ax takes them: an empty required text or list becomes `(none)`, an absent optional one is left out. */
export function presentable(fields: readonly AxField[], input: Values): Values {
  const shown: Values = {};
  for (const { name, type, isOptional } of fields) {
    const value = input[name];
    const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (!empty) shown[name] = value;
    else if (isOptional !== true) shown[name] = emptyValue(type);
  }
  return shown;
}

function emptyValue(type: AxField['type']): unknown {
  const item = type?.name === 'object' ? {} : NONE;
  return type?.isArray === true ? [item] : item;
}

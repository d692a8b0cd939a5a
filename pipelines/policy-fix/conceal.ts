import { redactLike } from '../../src/model/redaction.ts';
import type { FixResult } from './schema.ts';

/** A file that the result is about, as given. */
interface Given {
  readonly text: string;
}

/** No secret to whoever holds the files, and what subjects of a binding, owners and contacts are told apart by. */
const SHOWN = ['email'] as const;

/**
 * The result without any secret of the files: what a person reads, here, in a pull request or in the log of a workflow. Names of objects
 * and files stay as they are, and so do e-mail addresses: a model's prompt alone goes to somebody else.
 */
export function forPeople(result: FixResult, files: readonly Given[]): FixResult {
  const hidden = redactLike(
    result,
    files.map(({ text }) => text),
    SHOWN,
  );
  return {
    ...hidden,
    patches: zip(hidden.patches, result.patches, (patch, { file }) => ({ ...patch, file })),
    resources: zip(hidden.resources, result.resources, (resource, { object, file, patched }) => ({
      ...resource,
      object,
      file,
      patched,
    })),
  };
}

/**
 * The result as a program takes it: words are without secrets; patches and values of choices are exact, or they would not apply. They
 * hold nothing that the files given do not hold.
 */
export function forPrograms(result: FixResult, files: readonly Given[]): FixResult {
  const hidden = forPeople(result, files);
  return {
    ...hidden,
    patches: result.patches,
    resources: zip(hidden.resources, result.resources, (resource, exact) => ({
      ...resource,
      decisions: zip(resource.decisions, exact.decisions, (decision, own) => ({
        ...decision,
        choices: zip(decision.choices, own.choices, ({ source }, choice) => ({ ...choice, source })),
        ...(decision.unwritten && own.unwritten
          ? { unwritten: zip(decision.unwritten, own.unwritten, (words, { value }) => ({ ...words, value })) }
          : {}),
      })),
    })),
  };
}

/** Two lists of the same length, item by item. */
function zip<T>(left: readonly T[], right: readonly T[], join: (left: T, right: T) => T): T[] {
  return left.map((item, at) => join(item, right[at] ?? item));
}

import type { Violation } from '../../src/policy/violation.ts';

/** What is said of an object, whichever it is. */
type Saying = Omit<Violation, 'resource'>;

/** Verdicts as they are journalled: what is said of hundreds of candidates is much the same, and stands there once. */
export interface PackedVerdicts {
  readonly said: readonly Saying[];
  /** For each object, positions in `said`. */
  readonly verdicts: readonly (readonly number[])[];
}

/** A message is kept this long, and shorter where together they would fill the journal. Characters. */
const MESSAGE_LENGTHS = [600, 200, 60] as const;
/** Characters of JSON that what is said in one step may have, as far as shorter messages help. */
const MOST_CHARACTERS = 1024 * 1024;

const shortened = (message: string, length: number): string =>
  message.length > length ? `${message.slice(0, length)}…` : message;

function packAt(violations: readonly Violation[], objects: number, length: number): PackedVerdicts {
  const said: Saying[] = [];
  const positions = new Map<string, number>();
  const verdicts: number[][] = Array.from({ length: objects }, () => []);
  for (const { resource, ...rest } of violations) {
    const saying = { ...rest, message: shortened(rest.message, length) };
    const key = JSON.stringify(saying);
    let position = positions.get(key);
    if (position === undefined) {
      position = said.push(saying) - 1;
      positions.set(key, position);
    }
    verdicts[resource]?.push(position);
  }
  return { said, verdicts };
}

/** Packs what engines say of `objects` objects; how many violations there are never changes, only their words get shorter. */
export function packVerdicts(violations: readonly Violation[], objects: number): PackedVerdicts {
  let packed: PackedVerdicts = { said: [], verdicts: [] };
  for (const length of MESSAGE_LENGTHS) {
    packed = packAt(violations, objects, length);
    if (JSON.stringify(packed.said).length <= MOST_CHARACTERS) break;
  }
  return packed;
}

/** The violations of each object, in the objects' order. */
export function unpackVerdicts({ said, verdicts }: PackedVerdicts): Violation[][] {
  return verdicts.map((positions, resource) =>
    positions.flatMap((position) => {
      const saying = said[position];
      return saying ? [{ ...saying, resource }] : [];
    }),
  );
}

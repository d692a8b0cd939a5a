import type { Meaning } from '../cel/meaning.ts';
import type { Path } from '../edits.ts';
import type { Node } from './parse.ts';

/** Items of a list that a filter keeps. */
export interface Chosen {
  readonly kind: 'chosen';
  readonly items: readonly Meaning[];
  readonly filter: Node;
  /** Where the list stands, if it stands in the object as it is. */
  readonly place?: Path;
}

/** A truth value, as its expression and what `@` is there. */
export interface Tested {
  readonly kind: 'test';
  readonly node: Node;
  readonly at: Traced;
}

/** The largest or smallest of some numbers. */
export interface Extreme {
  readonly kind: 'extreme';
  readonly largest: boolean;
  readonly items: readonly Meaning[];
}

/** A point in time that moves with the clock, in words: `now`, `now + 720h`. */
export interface Moment {
  readonly kind: 'moment';
  readonly words: string;
}

/** How much time lies between a point in time that stands in the object and another one, before or after it. */
export interface Lapse {
  readonly kind: 'lapse';
  readonly place: Traced;
  readonly other: string;
  /** Whether the time of the object is the one from which is counted. */
  readonly from: boolean;
}

/** What a JMESPath expression stands for: a place or value as in CEL, or something computed whose way back is known. */
export type Traced =
  | Meaning
  /** The root: `request`, `element`, variables of a rule's context. */
  | { readonly kind: 'names'; readonly names: ReadonlyMap<string, Traced> }
  | Chosen
  /** Lists of which a filter keeps items each. */
  | { readonly kind: 'chosenEach'; readonly lists: readonly Chosen[] }
  /** A test of each item of a list. */
  | { readonly kind: 'testEach'; readonly tests: readonly Tested[] }
  | { readonly kind: 'length'; readonly of: Traced }
  | { readonly kind: 'keys'; readonly of: Meaning }
  | Extreme
  | Moment
  | Lapse
  | Tested;

const COMPUTED: ReadonlySet<string> = new Set([
  'names',
  'chosen',
  'chosenEach',
  'testEach',
  'length',
  'keys',
  'extreme',
  'moment',
  'lapse',
  'test',
]);

/** Whether it is a place or value as in CEL. */
export const isMeaning = (traced: Traced): traced is Meaning => !COMPUTED.has(traced.kind);

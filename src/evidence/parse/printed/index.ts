import { valueOfPaths } from './paths.ts';
import { PrintedReader } from './reader.ts';

/** What a program printed of its own values, as values; an empty list for a text that is nothing of the sort. Never throws. */
export function printedValues(text: string): unknown[] {
  if (/^(?:json\b|(?:items\.\d+\.)?\w+ = )/.test(text)) {
    const value = valueOfPaths(text);
    return value === undefined ? [] : [value];
  }
  return new PrintedReader(text).values();
}

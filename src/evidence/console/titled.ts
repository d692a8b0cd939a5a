/** A title and what a page shows beside it, as they are copied: `Namespace<tab>shop`, `Last seen   8s ago`, `Status: Pending`. */
export interface Titled {
  readonly name: string;
  readonly value: string;
}

const TITLED = /^\s{0,8}([A-Z][A-Za-z]*(?:[ -][A-Za-z]+){0,2})(?:\t+|\s{2,}|:\s+)(\S.*)$/;

export function titled(line: string): Titled | undefined {
  if (line.length > 4000) return undefined;
  const [, name, value] = TITLED.exec(line) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value: value.trim() };
}

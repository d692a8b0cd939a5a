/** The parser of the package, which has no types of its own. */
declare module 'jmespath' {
  export function compile(expression: string): import('./parse.ts').Node;
}

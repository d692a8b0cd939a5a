declare const MADE: unique symbol;

/** A command line of which a POSIX shell reads exactly the words that it was made of. Made here alone. */
export type Command = string & { readonly [MADE]: true };

/** A word, a list of words, or nothing that could be a word: then there is no command. */
export type Word = string | undefined | readonly (string | undefined)[];

/** Characters that mean themselves to every shell. A word of which another is one is quoted; so is `=x`, a path to zsh. */
const PLAIN = /^(?!=)[A-Za-z0-9_@%+=:,./-]+$/;
/** What a terminal or a page does not show as it is: who copies such a word cannot see what is run. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;
const MAX_WORD = 16_000;

/** One word as the shell's grammar has it ("Shell Command Language", 2.2.2 Single-Quotes). */
function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A simple command of its words, of which the first is the program. Undefined when one of them is missing or could not be shown as it
 * is. A word of evidence that is no name must go through `operand`, or it may be read as an option.
 */
export function command(...words: readonly Word[]): Command | undefined {
  const all = words.flat();
  if (!all.every((word) => word !== undefined && word.length <= MAX_WORD && !UNSEEN.test(word))) return undefined;
  return all.map((word) => quoted(word ?? '')).join(' ') as Command;
}

/** A word that no program takes for an option. */
export function operand(word: string | undefined): string | undefined {
  return word === undefined || word === '' || word.startsWith('-') ? undefined : word;
}

function joined(commands: readonly (Command | undefined)[], by: string): Command | undefined {
  return commands.some((one) => one === undefined) ? undefined : (commands.join(by) as Command);
}

/** Each command reads what the one before it prints. */
export function piped(...commands: readonly (Command | undefined)[]): Command | undefined {
  return joined(commands, ' | ');
}

/** One command after the other. */
export function inTurn(...commands: readonly (Command | undefined)[]): Command | undefined {
  return joined(commands, '; ');
}

/** What the first prints goes to a file; then the second runs, if the first succeeded. */
export function savedThen(first: Command | undefined, file: string, then: Command | undefined): Command | undefined {
  return joined([first === undefined ? undefined : (`${first} > ${quoted(file)}` as Command), then], ' && ');
}

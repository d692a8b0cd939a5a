import { readCommand } from './command.ts';

/** kubectl's own errors: what it says instead of an answer. */
const OWN_ERROR =
  /^(?:Error from server(?: \([A-Za-z]+\))?: |error: (?:You must be logged in|error dialing backend|error from server|a container name must be specified|unable to upgrade connection|the server doesn't have a resource type|no configuration has been provided|context ")|Error: Get "|The connection to the server |Unable to connect to the server: |[Uu]nable to retrieve container logs )/;
/** Errors that are about the one who reads, or about the way to the cluster, and tell nothing of what was asked for. */
const OF_READER =
  /^Error from server \((?:Forbidden|Unauthorized|ServiceUnavailable|TooManyRequests|Timeout|InternalError)\): |^error: You must be logged in|^(?:error|Error from server): (?:error dialing backend|Get "?https?:\/\/)|^Unable to connect to the server: |^The connection to the server |^Error: Get "/;

/** What ssh says where it does not get onto a machine (its client's own messages). */
const SSH_ERROR =
  /^(?:ssh: (?:connect to host \S+ port \d+: |Could not resolve hostname )|kex_exchange_identification: |Connection (?:closed|reset) by \S+ port \d+|Host key verification failed\.|\S+: Permission denied \()/;

/** Whether `ssh` did not get onto the machine that it was to look at: no word of a program there. */
function isOnlySshError(command: string, lines: readonly string[]): boolean {
  const said = lines.filter((line) => line.trim() !== '');
  return /^(?:sudo )?ssh\s/.test(command) && said.length > 0 && said.every((line) => SSH_ERROR.test(line));
}

/**
 * What an interactive shell says of a program that it does not find, with its name: bash and ksh, zsh, fish, ash, csh, PowerShell,
 * cmd.exe. One that runs a script says the line of it, too, and is no reader's.
 */
const NO_PROGRAM =
  /^-?(?:bash|ksh|mksh|ash|sh): (\S+): (?:command )?not found$|^zsh: command not found: (\S+)$|^fish: Unknown command: (\S+)$|^(\S+): Command not found\.$|^(\S+) ?: The term '[^']+' is not recognized as |^'([^']+)' is not recognized as an internal or external command,$|^Command '([^']+)' not found, (?:did you mean|but can be installed with):$/;

/** Names of programs that a line typed into a shell calls: at its start, behind pipes and in turn. */
function programsOf(command: string): string[] {
  return command.split(/\|\|?|&&|;/).flatMap((part) => {
    const words = part.trim().split(/\s+/);
    return words.find((word) => !/^(?:sudo|time|watch|env|command|[A-Za-z_]\w*=.*)$/.test(word)) ?? [];
  });
}

/** Whether the shell into which somebody typed a command did not find its program: no word of what was looked at. */
function isTypingError(command: string, lines: readonly string[]): boolean {
  const [first = ''] = lines.filter((line) => line.trim() !== '');
  const missing = NO_PROGRAM.exec(first.trimEnd())?.slice(1).find(Boolean);
  return missing !== undefined && programsOf(command).includes(missing);
}

/** Whether all that a command printed is of the one who typed it, or of the way there: a program that his shell lacks, a machine that ssh does not reach. */
export function isOnlyReaders(command: string, lines: readonly string[]): boolean {
  return isOnlySshError(command, lines) || isTypingError(command, lines);
}

/** Commands that only look. */
const LOOKS = /^(?:get|describe|logs|top|events|explain|exec|attach|port-forward|rollout)$/;

/** Whether all that a command printed is an error of kubectl itself: no log, no table, no description. */
export function isOnlyError(lines: readonly string[]): boolean {
  const said = lines.filter((line) => line.trim() !== '');
  return said.length > 0 && said.length <= 3 && said.every((line) => OWN_ERROR.test(line));
}

/**
 * Whether a line says that who looks may not, or does not get through: it is no failure of what was looked for. Asking for another
 * account (`--as`) is a test of that account's rights.
 */
export function refusesReader(line: string, command: string | undefined): boolean {
  if (command === undefined || !OF_READER.test(line) || /\s--as\b/.test(command)) return false;
  const { tool, verb } = readCommand(command);
  return tool === 'kubectl' && LOOKS.test(verb) && !/^kubectl rollout (?:restart|undo|pause|resume)/.test(command);
}

/** What kubectl prints where it reaches no API server, or is not let in. */
export const NO_ANSWER =
  /^(?:Unable to connect to the server: |The connection to the server \S+ was refused - did you specify|error: You must be logged in to the server)/;

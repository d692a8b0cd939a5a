/** Paths from the root, not within an address, and not a place in a source file (`/app/main.go:12`). */
const ABSOLUTE = /(?<![\w/.:-])(?<!\b(?:GET|PUT|POST|PATCH|DELETE|HEAD) "?)((?:\/[\w.@+~-]+)+)(?![\w/]|:\d)/g;
/** Paths below a program's own folder, as databases quote them (`"pg_wal/xlogtemp.28"`). */
const RELATIVE = /["'`]([\w.-]+(?:\/[\w.-]+)+)["'`]/;

/** The file or folder that a line speaks of when something at `index` went wrong with it: the last one named before, else the first. */
export function pathIn(line: string, index: number): string | undefined {
  const paths = [...line.matchAll(ABSOLUTE)];
  const path = paths.findLast((one) => one.index < index) ?? paths[0];
  return path?.[1]?.replace(/[.]$/, '') ?? RELATIVE.exec(line)?.[1];
}

const NAME = String.raw`[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*`;
/** Ways in which a line names whom a program speaks to, the surest first. */
const PEERS: readonly RegExp[] = [
  // Go, of a certificate for other names; Node.
  new RegExp(String.raw`certificate is (?:not )?valid (?:for|on) [^\n]{1,400}, not (${NAME})`, 'i'),
  new RegExp(String.raw`Host: (${NAME})\. is not (?:in the cert|cert)`, 'i'),
  new RegExp(String.raw`\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@"]*@)?(${NAME}(?::\d{2,5})?)(?=[/?"'\s\\:,)]|$)`, 'i'),
  // Python's requests and urllib3.
  new RegExp(String.raw`\bhost='(${NAME})', port=\d`, 'i'),
  new RegExp(
    String.raw`\b(?:host(?:name)?|broker|addr(?:ess)?|server|endpoint|peer|remote|gateway|target|upstream)["']?[=:] ?["']?(${NAME}(?::\d{2,5})?)(?=["'\s,)\]}]|$)`,
    'i',
  ),
  // An address alone; the place in a source file looks like one.
  /(?<![\w./:-])((?!\w*\.(?:go|rs|py|js|ts|rb|java|kt|scala|php|cs|cc?|cpp|exs?|erl)\b)[a-z](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*:\d{3,5})(?![\w:])/i,
];

/** Whom a line says that the program speaks to: a host by name, with the port where it is told. Bare addresses tell nobody which certificate is meant. */
export function peerIn(line: string): string | undefined {
  return PEERS.flatMap((pattern) => pattern.exec(line)?.[1] ?? []).find(
    (peer) => /[a-z]/i.test(peer) && !/^(?:localhost|true|false|null|unknown)(?::|$)/i.test(peer),
  );
}

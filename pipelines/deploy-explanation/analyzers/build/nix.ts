import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { decisive, inFull } from './last-words.ts';
import { fileRef, type LineHit, lineKind } from './line-kind.ts';

/** `/nix/store/<hash>-name.drv` is what people call `name`. */
function derivation(path: string): ObjectRef {
  const name = path.replace(/^.*\/[0-9a-z]{32}-/, '').replace(/^.*\/nix\/store\//, '');
  return { kind: 'Derivation', name: name.replace(/\.drv$/, '') };
}

/** The line of a Nix file that an evaluation error points at: the last `at file:line:column`, outside of nixpkgs itself. */
function place(hit: LineHit): ObjectRef | undefined {
  const after = hit.near(/^\s*at (?!\/nix\/store)[«"]?([^\s:»]+\.nix)[»"]?:(\d+):\d+/, 8);
  const at = after ?? hit.near(/^\s*at (?!\/nix\/store)[«"]?([^\s:»]+\.nix)[»"]?:(\d+):\d+/, -12);
  if (at === undefined) return undefined;
  return fileRef(at.match[1] ?? '', at.match[2]);
}

/** The file of a flake in which modules define what does not exist. */
const definedIn = (hit: LineHit) => hit.near(/^\s*- In [`«]\/nix\/store\/[^/'»]*-source\/([^'»]+)['»]:/, 4);

/** Whether the match is the name of an argument (`npmDepsHash`) and not a derivation. */
const isOption = (hit: LineHit) => /^\w+Hash$/.test(group(hit.match));

const hashMismatch = lineKind({
  kind: 'nix-hash-mismatch',
  title: 'A fixed-output derivation has another hash than the one given',
  about: 'What Nix fetched is not what the expression promises: the source moved, or its hash was not renewed.',
  remedy: 'See that the new content is what you want, then write the hash that Nix got.',
  patterns: [
    /hash mismatch in fixed-output derivation '([^']+)'/,
    /hash mismatch (?:importing path|in file downloaded from) '([^']+)'/,
    /NAR hash mismatch in input '([^']+)'/,
    // Hooks of nixpkgs compare what they fetched with the lock file of the source.
    /ERROR: (\w+Hash) is out of date/,
  ],
  confidence: 0.98,
  says: (hit) => {
    const wanted = hit.near(/(?:specified|wanted|expected):? +'?(sha\d+[-:][\w+/=]+|[0-9a-z]{52})/, 5);
    const got = hit.near(/got:? +'?(sha\d+[-:][\w+/=]+|[0-9a-z]{52})/, 6);
    const hashes =
      wanted === undefined || got === undefined
        ? ''
        : `: \`${wanted.match[1]}\` is specified, it has \`${got.match[1]}\``;
    if (isOption(hit))
      return `\`${group(hit.match)}\` is out of date: the lock file of the source is not the one it was made of`;
    return `The source of ${derivation(group(hit.match)).name} has another hash than its expression says${hashes}`;
  },
  object: (hit) => {
    if (!isOption(hit)) return derivation(group(hit.match));
    const failed = hit.near(/builder for '([^']+)' failed/, 40)?.match[1];
    return failed === undefined ? undefined : derivation(failed);
  },
  also: (hit) => [hit.near(/(?:specified|wanted|expected):/, 5)?.line, hit.near(/\bgot:/, 6)?.line],
  remedies: (hit) => {
    const wanted = hit.near(/(?:specified|wanted|expected):? +'?(sha\d+[-:][\w+/=]+|[0-9a-z]{52})/, 5)?.match[1];
    const got = hit.near(/got:? +'?(sha\d+[-:][\w+/=]+|[0-9a-z]{52})/, 6)?.match[1];
    return [
      look('See what changed at the source: a moved tag or a replaced archive is a reason to stop'),
      ...(wanted === undefined || got === undefined
        ? []
        : [change(`Where the expression has \`${wanted}\`, write \`${got}\``)]),
    ];
  },
});

const attributeMissing = lineKind({
  kind: 'nix-attribute-missing',
  title: 'An attribute does not exist',
  about: 'A flake output, a package or an option of that name is not in the set.',
  remedy: 'Correct the name, or pin a revision that has it.',
  patterns: [
    /error: attribute '([^']+)' missing/,
    /error: flake '[^']+' does not provide attribute (?:.*or )?'([^']+)'/,
    /error: attribute '([^']+)' in selection path '[^']+' not found/,
    /error: The option `([^']+)' does not exist/,
  ],
  confidence: 0.96,
  says: (hit) => {
    const meant = hit.near(/Did you mean (?:one of )?(.+?)\?/, 12);
    const where = definedIn(hit)?.match[1];
    return `Nix finds no attribute \`${group(hit.match)}\`${where === undefined ? '' : `, which ${where} defines`}${meant === undefined ? '' : ` (did you mean ${meant.match[1]}?)`}`;
  },
  object: (hit) => place(hit) ?? { kind: 'Attribute', name: group(hit.match) },
  also: (hit) => [definedIn(hit)?.line, hit.near(/Did you mean/, 12)?.line, hit.near(/^\s*at \S+\.nix:\d+/, 6)?.line],
  remedies: () => [
    look('List what the flake offers', command('nix', 'flake', 'show')),
    change('Correct the name of the attribute'),
  ],
});

const evaluationError = lineKind({
  kind: 'nix-evaluation-error',
  title: 'A Nix expression cannot be evaluated',
  about: 'A syntax error, an undefined variable, infinite recursion, a wrong type, a file that Git does not track.',
  remedy: 'Correct the expression at the line that the message names; a flake sees only files that Git tracks.',
  patterns: [
    /error: (undefined variable '[^']+')/,
    /error: (syntax error, .+)/,
    /error: (infinite recursion encountered)/,
    /error: (path '[^']+' (?:does not exist|is not tracked by Git).*)/,
    /error: (getting status of '[^']+': No such file or directory)/,
    /error: (Path '[^']+' (?:in the repository "[^"]+" )?(?:does not exist in Git repository|is not tracked by Git).*)/,
    /error: (cannot coerce .+|value is .+ while .+ was expected|expected a .+ but found .+|attempt to call something which is not a function.*)/,
    /error: (function '[^']+' called (?:without required argument|with unexpected argument) '[^']+')/,
    /error: (assertion '.+' failed)/,
    /error: (attribute '[^']+' already defined.*)/,
    /(The option `[^']+' (?:is used but not defined|has conflicting definition values).*)/,
  ],
  confidence: 0.95,
  says: (hit) => `Nix cannot evaluate the expression: ${quoted(group(hit.match))}`,
  object: place,
  also: (hit) => [hit.near(/^\s*at \S+:\d+:\d+/, 4)?.line, hit.near(/^\s*\d+\|/, 6)?.line],
  remedies: () => [
    look('Evaluate with the whole trace', command('nix', 'eval', '--show-trace')),
    change('Correct the expression at the line named; `git add` a file that is not tracked yet'),
  ],
});

const refused = lineKind({
  kind: 'nix-package-refused',
  title: 'Nixpkgs refuses the package',
  about: 'The package is unfree, insecure, broken, or not made for this platform.',
  remedy: 'Take another package, or permit this one by name.',
  patterns: [
    /Package [‘'“]?([^’'”\s]+)[’'”]? in .+?(has an unfree license|is marked as (?:insecure|broken)|is not available on the requested hostPlatform|is not supported on)/,
    /(?<!\S)(\S+) is (not supported on) [‘'“]/,
  ],
  confidence: 0.96,
  says: ({ match }) => `Nixpkgs refuses the package \`${match[1]}\`: it ${match[2]}`,
  object: ({ match }) => ({ kind: 'Derivation', name: match[1] ?? '' }),
  remedies: ({ match }) => [
    look('Read why it is refused, and whether another package does the same'),
    change(`Permit \`${match[1]}\` alone (allowUnfreePredicate, permittedInsecurePackages)`, 'medium'),
  ],
});

const unreachable = lineKind({
  kind: 'nix-substituter-unreachable',
  title: 'A binary cache or a source cannot be downloaded',
  about: 'The host of a substituter, a flake input or a source does not answer, or answers with an error.',
  remedy: 'Bring the cache up, correct its address or credentials, or build without it.',
  patterns: [
    /error: (?:unable to download|cannot download|unable to fetch) '?((?:https?|s3|ssh|ftp):[^'\s]+)'?: (.+)/,
    /error: cannot download (\S+) from any mirror/,
    /error: (?:opening a connection to remote store|cannot connect to) '([^']+)'/,
    /error: Failed to open archive \(Source threw exception: error: unable to download '([^']+)': (.+)/,
  ],
  confidence: 0.93,
  says: ({ match }) =>
    `Nix cannot download ${quoted(match[1])}${match[2] === undefined ? '' : ` (${match[2].slice(0, 120)})`}`,
  object: ({ match }) => ({ kind: 'Substituter', name: (match[1] ?? '').replace(/^\w+:\/+([^/]+).*/, '$1') }),
  remedies: ({ match }) => [
    look('Ask the host from where the build runs', command('curl', '-sI', operand(match[1]))),
    change(
      'Build without this cache until it answers',
      'low',
      command('nix', 'build', '--option', 'substitute', 'false'),
    ),
  ],
});

const LAST_WORDS =
  /(?:error|fail|fatal|unknown|missing|not found|no such|cannot|undefined|denied|panic|\bis not\b|n't\b)/i;

/** The telling line of the builder's last words: the first that speaks of an error, make's own echo apart. */
function lastWords(hit: LineHit) {
  const { output, at } = hit;
  const said: (typeof output.lines)[number][] = [];
  for (const line of output.lines.slice(at + 1, at + 60)) {
    if (/^\s+For full logs|^error: /.test(line.text)) break;
    if (/^ +> /.test(line.text)) said.push(line);
  }
  return decisive(said, ({ inner }) => LAST_WORDS.test(inner) && !/^make(\[\d+\])?: \*\*\*/.test(inner));
}

const builderFailed = lineKind({
  kind: 'nix-builder-failed',
  rank: 'step',
  title: 'The builder of a derivation fails',
  about: 'A phase of the build ends with an error. What depends on it fails only because of that.',
  remedy: 'Read the whole log of this derivation; correct what its last lines name.',
  patterns: [
    /(?:^|error: )builder for '([^']+)' failed with (exit code \d+|signal \d+.*?)[;,]?$/,
    /error: builder for '([^']+)' failed(?: to produce output path .*| due to .*)?[;:,]?$/,
    /Cannot build '([^']+)'/,
  ],
  confidence: 0.9,
  rulesOut: [{ kind: 'nix-evaluation-error', why: 'the derivation was built, so its expression was evaluated' }],
  says: (hit) => {
    const reason = hit.near(/Reason: builder failed with (.+?)\.?$/, 3)?.match[1] ?? hit.match[2];
    const words = lastWords(hit);
    return `The build of ${derivation(group(hit.match)).name} fails${reason === undefined ? '' : ` with ${reason}`}${words === undefined ? '' : `: ${quoted(inFull(hit.output, words))}`}`;
  },
  object: (hit) => derivation(group(hit.match)),
  also: (hit) => [lastWords(hit)],
  holds: (hit) => !/dependenc/.test(hit.near(/Reason: (.+)/, 2)?.match[1] ?? ''),
  remedies: (hit) => [
    look('Read the whole log', command('nix', 'log', operand(group(hit.match)))),
    change('Correct what the last lines of the log name, and build again'),
  ],
});

export const nix = [hashMismatch, attributeMissing, evaluationError, refused, unreachable, builderFailed];

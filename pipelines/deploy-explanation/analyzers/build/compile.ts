import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { fileRef, type LineHit, lineKind } from './line-kind.ts';

/** Error lines of compilers: groups `file`, `line`, `why`; the place may stand on the next line instead. */
const COMPILERS: readonly RegExp[] = [
  /^(?<file>\S+\.[cm]?tsx?)\((?<line>\d+),\d+\): [Ee]rror (?<why>TS\d+: .+)/,
  /^(?<file>\S+\.[cm]?tsx?):(?<line>\d+):\d+ - error (?<why>TS\d+: .+)/,
  /^\s*error(?:\[E\d{4}\])?: (?<why>(?!could not compile|aborting|linking with).+)$/,
  /^\[ERROR\] (?<file>\S+\.(?:java|kt|scala)):\[(?<line>\d+),\d+\] (?<why>.+)/,
  /^(?<file>\S+\.java):(?<line>\d+): error: (?<why>.+)/,
  /^e: (?:file:\/\/)?(?<file>\S+\.kts?):(?:\()?(?<line>\d+)[:,] ?\d+\)?:? (?<why>.+)/,
  // What gcc began and most compilers took over (clang, ghc, zig, dart, protoc, sbt behind its level).
  /^(?:\[error\] )?(?<file>[^\s:]+\.(?!pyi?:|ya?ml:|sh:)[a-z]\w{0,5}):(?<line>\d+):(?:\d+:)? (?:fatal )?[Ee]rror: (?<why>.+)/,
  /^\[error\] (?<file>[^\s:]+\.scala):(?<line>\d+):\d+: (?<why>.+)/,
  /^\[error\] -- (?:\[E\d+\] )?(?<why>[\w ]+): (?<file>[^\s:]+\.scala):(?<line>\d+):\d+(?: -*)?$/,
  /^(?:vet: )?(?<file>(?:\.\/)?[^\s:]+\.go):(?<line>\d+):\d+: (?<why>.+)/,
  /^(?<file>\S+\.(?:cs|vb|fsx?))\((?<line>\d+),\d+(?:,\d+,\d+)?\): [Ee]rror (?<why>(?:CS|BC|FS)\d+: .+?)(?: \[.+\])?$/,
];

/** Where compilers that show the code draw an arrow to it: rustc right below the message, Elixir and others below the code. */
const BELOW = /^\s*(?:--> |[└╭┌]─+ ?\[? ?)(\S+?\.[a-z]\w{0,5}):(\d+)(?::\d+)?/;
const REACH = 6;

/** The place that the arrow of this message shows, unless the next message begins before. */
function below(hit: LineHit) {
  const place = hit.near(BELOW, REACH);
  const next = hit.output.lines
    .slice(hit.at + 1, place?.at)
    .some(({ inner }) => /^\s*(?:error|warning)\b.*: /.test(inner));
  return next ? undefined : place;
}

function showsCode(hit: LineHit): boolean {
  return hit.near(/clippy::|`-D /, 14) === undefined && below(hit) !== undefined;
}

function placeOf(hit: LineHit): { file: string; line: string } | undefined {
  const { file, line } = hit.match.groups ?? {};
  if (file !== undefined && line !== undefined) return { file: file.replace(/^\.\//, ''), line };
  const shown = below(hit)?.match;
  return shown === undefined ? undefined : { file: shown[1] ?? '', line: shown[2] ?? '' };
}

const compilationFailed = lineKind({
  kind: 'compilation-failed',
  title: 'The code does not compile',
  about: 'A compiler (tsc, go, rustc, javac, kotlinc, gcc, clang, csc, swiftc) refuses a line.',
  remedy: 'Correct the line that the first error names; later errors often follow from it.',
  patterns: COMPILERS,
  // An assertion of XCTest, and what Checkstyle found, stand in the form of a compiler's error.
  except:
    /: error: -?\[?[\w.]+[. ]\w+\]? : |:\[\d+,\d+\] \(\w+\) \w+: |no required module provides|cannot find module providing|is not in (?:GOROOT|std)/,
  holds: (hit) => {
    const file = hit.match.groups?.file;
    if (file === undefined) return showsCode(hit);
    // go's own form is that of many linters: a package header above it, or none of a linter's marks, tells them apart.
    if (!file.endsWith('.go')) return true;
    return (
      !/\(\w+\)$/.test(hit.line.inner) &&
      hit.near(/^# \S+|^vet: |go (?:build|vet|install|run|test)\b/, -40) !== undefined
    );
  },
  confidence: 0.96,
  rulesOut: [{ kind: 'package-registry-unreachable', why: 'the compiler ran, so what it needs was fetched' }],
  says: (hit) => {
    const place = placeOf(hit);
    const { why = '' } = hit.match.groups ?? {};
    // GHC gives a number in this line, and its words below.
    const words = /^\[[A-Z]+-\d+\]$/.test(why) ? (hit.output.lines[hit.at + 1]?.inner ?? '').trim() : why;
    return `The code does not compile: ${place === undefined ? '' : `${place.file} line ${place.line}, `}${quoted(words)}`;
  },
  object: (hit) => {
    const place = placeOf(hit);
    return place === undefined ? undefined : fileRef(place.file, place.line);
  },
  also: (hit) => [hit.match.groups?.file === undefined ? below(hit)?.line : undefined],
  remedies: (hit) => {
    const place = placeOf(hit);
    return [
      look(
        'See what the last commits changed there',
        place === undefined ? undefined : command('git', 'log', '-3', '-p', '--', 'FILE'),
      ),
      change(`Correct ${place === undefined ? 'the line named' : `${place.file} at line ${place.line}`}`),
    ];
  },
});

/** What the linker lacks: rustc says first that it failed, then what it said. */
function missingSymbol(hit: LineHit) {
  return hit.near(
    /undefined reference to [`'‘]([^'’]+)['’]|(?:cannot find|unable to find library|library not found for) (-l\S+)|undefined symbol: (.+)|^\s*"?(_\S+)"?, referenced from/,
    30,
  );
}

const linkingFailed = lineKind({
  kind: 'linking-failed',
  title: 'The program cannot be linked',
  about: 'A symbol or a library that the objects need is not found.',
  remedy: 'Add the library or the object that defines the symbol.',
  patterns: [
    /undefined reference to [`'‘]([^'’]+)['’]/,
    /(?:ld|lld|mold)(?:\.\w+)?: (?:error: )?(?:cannot find|unable to find library) (-l\S+)/,
    /ld(?:\.lld)?: error: undefined symbol: (.+)/,
    /Undefined symbols for architecture (\S+):/,
    /error: linking with `([^`]+)` failed/,
  ],
  // A linker that was killed, or could not write, lacks nothing that a person could add.
  holds: (hit) =>
    missingSymbol(hit) !== undefined ||
    hit.near(/no space left on device|signal:? 9\b|SIGKILL|[Kk]illed\b/i, 30) === undefined,
  confidence: 0.95,
  says: (hit) => {
    const lacks = missingSymbol(hit);
    return lacks === undefined
      ? `The program cannot be linked: \`${group(hit.match)}\` ends with an error`
      : `The program cannot be linked: ${quoted(group(lacks.match))} is not found`;
  },
  also: (hit) => [
    missingSymbol(hit)?.line,
    hit.near(/collect2: error|ld returned \d+ exit status|could not compile/, 12)?.line,
  ],
  remedies: () => [
    look('See which library defines it'),
    change('Install the library (its development package), or add the missing object to the build'),
  ],
});

const bundlingFailed = lineKind({
  kind: 'module-not-resolved',
  title: 'An import cannot be resolved while building',
  about: 'A bundler or the Go tool finds no module of that name: it is not installed, not exported, or misspelt.',
  remedy: 'Correct the import, or add the dependency.',
  patterns: [
    /Module not found: (?:Error: )?Can't resolve '([^']+)'/,
    /(?:[Cc]an't|[Cc]annot|[Cc]ould ?n[o']t|[Uu]nable to|[Ff]ailed to) (?:be )?resolve (?:(?:import|module|entry module) )?["'`]([^"'`]+)["'`](?:$|[ ,;.](?!.*DNS))/,
    /no required module provides package ([^\s;]+)/,
    /package (\S+) is not in (?:GOROOT|std)/,
    /unresolved import `([^`]+)`/,
  ],
  // Names of hosts are resolved, too.
  except: /Errno|NameResolution|Name or service|getaddrinfo|ENOTFOUND|\bhost\b/,
  holds: (hit) =>
    hit.output.pipeline || !/ resolve /.test(hit.match[0]) || /^Module not found|\[vite\]/.test(hit.match[0]),
  confidence: 0.94,
  says: ({ match }) => `The import ${quoted(match[1])} cannot be resolved`,
  object: (hit) => {
    const at =
      hit.near(/^\s*(?:--> )?(\S+\.(?:[cm]?[jt]sx?|go|rs)):(\d+):\d+/, 3) ??
      hit.near(/^(\S+\.go):(\d+):\d+: no required/, 0);
    return at === undefined ? undefined : fileRef(at.match[1] ?? '', at.match[2]);
  },
  remedies: () => [look('See whether the dependency is declared'), change('Add the dependency, or correct the import')],
});

export const compile = [compilationFailed, linkingFailed, bundlingFailed];

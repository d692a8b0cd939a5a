import type { Output, OutputLine } from '../../../../src/evidence/outputs.ts';
import { change, look } from '../analyzer.ts';
import { citeOutput, type OutputKind, type Sighted, wholeOutput } from '../output-analyzer.ts';
import { group, quoted } from '../said.ts';
import { imagesBuiltIn } from './images.ts';
import { fileRef } from './line-kind.ts';

/** How a test runner names a failed test and shows why. */
interface Runner {
  readonly name: string;
  /** A failed test; the first group is its name. */
  readonly failed: RegExp;
  /** The first assertion or error after (or before) the name. */
  readonly assertion: RegExp;
  /** Where it stands: file and line. */
  readonly place?: RegExp;
  /** Where the first reason stands when it is not below the name: before all names, or right above its own. */
  readonly reason?: 'first' | 'above';
  /** Whether other frameworks run all of theirs within one of its tests. */
  readonly wraps?: true;
  /** A line without which the pattern means nothing. */
  readonly speaks: RegExp;
}

const RUNNERS: readonly Runner[] = [
  {
    name: 'pytest',
    reason: 'first',
    speaks: /^=+ test session starts|^FAILED \S+\.py|^ERROR \S+\.py|short test summary/,
    failed: /^(?:FAILED|ERROR) ([\w./-]+\.py(?:::[^\s]+)*)(?: - .*)?$/,
    assertion: /^E {3,}(\S.+)$/,
    place: /^([\w./-]+\.py):(\d+): \w+/,
  },
  {
    name: 'vitest',
    speaks: /^\s*(?:RUN|DEV) {2}v\d|^\s*Test Files /,
    failed: /^\s*FAIL +(\S+\.[cm]?[jt]sx?(?: \[[^\]]+\])?(?: > .+)?)$/,
    assertion: /^\s*((?:\w+)?Error: .+|Test timed out .+|Snapshot .+)$/,
    place: /❯ ([\w./-]+\.[cm]?[jt]sx?):(\d+):\d+/,
  },
  {
    name: 'jest',
    // systemctl, loginctl and others draw the same bullet: a bare name is a test's only where Jest itself speaks.
    speaks:
      /^Test Suites: |^Tests: +\d+ |^\s*● (?:.+ › .+|Test suite failed to run)$|^ ?(?:FAIL|PASS) \S+\.[cm]?[jt]sx?\b/,
    failed: /^\s*● (.+ › .+|Test suite failed to run|(?!\S+\.\w+ - )[^›]{3,200})$/,
    assertion: /^\s*(expect\(.+|Expected:? .+|\w*Error: .+|thrown: .+|Cannot find module .+)$/,
    place: /\(?([\w./-]+\.[cm]?[jt]sx?):(\d+):\d+\)?$/,
  },
  {
    name: 'go test',
    reason: 'above',
    wraps: true,
    speaks: /^\s*--- FAIL: |^FAIL\t/,
    // At its time limit it names the tests that still run.
    failed: /^\s*--- FAIL: (\S+) \(|^\s+(Test\S*) \((?:\d+h)?(?:\d+m)?\d+s\)$/,
    assertion: /^\s+[\w./-]+_test\.go:\d+: (.+)$|^(panic: .+)$/,
    place: /^\s+([\w./-]+_test\.go):(\d+):/,
  },
  {
    name: 'cargo test',
    speaks: /^test result: FAILED|^failures:$|^test \S+ \.\.\. FAILED/,
    failed: /^test (\S+)(?: - .+)? \.\.\. FAILED$/,
    assertion: /^(assertion .+ failed.*|called `.+|thread '.+' panicked at '.+)$/,
    place: /panicked at ([\w./-]+\.rs):(\d+):/,
  },
  {
    name: 'JUnit (Maven)',
    speaks: /T E S T S|Tests run: \d+/,
    failed:
      /^\[ERROR\] +(?:Failures: +)?([\w.$]+\.\w+(?:\([\w.$]+\))?) (?:-- |\s*Time elapsed).*<<< (?:FAILURE|ERROR)!/,
    assertion: /^(?:[\w.$]+(?:Error|Exception|Failure)(?::.*)?)$/,
    place: /\((\w+\.(?:java|kt|scala)):(\d+)\)/,
  },
  {
    name: 'JUnit (Gradle)',
    speaks: /^> Task :\S*[tT]est|tests? completed, \d+ failed/,
    failed: /^(\S.* > .+?)(?:\(\))? FAILED$/,
    assertion: /^\s+([\w.$]+(?:Error|Exception|Failure)(?::.*| at .*)?)$/,
    place: /at (\w+\.(?:java|kt|scala)):(\d+)/,
  },
  {
    name: '.NET',
    speaks: /^\s*Failed! +- Failed: |^\s*Failed [\w.+]+(?:\(.*\))? \[/,
    failed: /^\s*Failed ([\w.+]+(?:\(.*\))?) \[[<\d.,]+ ?\w+\]$/,
    assertion: /^\s+(Assert\.\w+\(\) Failure.*|[\w.]+Exception ?: .+|Expected\b.+|Assert\.\w+ failed\..*)$/,
    place: / in (\S+\.(?:cs|fs|vb)):line (\d+)/,
  },
  {
    name: 'PHPUnit',
    speaks: /^PHPUnit \d|^FAILURES!$|^Tests: \d+, Assertions: \d+/,
    failed: /^\d+\) (\S+::\S+)/,
    assertion: /^(Failed asserting that .+|[\w\\]+(?:Exception|Error): .+)$/,
    place: /^(\/?[\w./-]+\.php):(\d+)$/,
  },
  {
    name: 'Playwright',
    speaks: /^\s*Running \d+ tests? using \d+ workers?/,
    failed: /^\s*\d+\) (?:\[[\w -]+\] › )?(\S+\.[cm]?[jt]sx?:\d+:\d+ › .+?)(?: ─+)?$/,
    assertion: /^\s*(\w*Error: .+|Test timeout of .+)$/,
    place: /at ([\w./-]+\.[cm]?[jt]sx?):(\d+):\d+/,
  },
  {
    name: 'Mocha',
    speaks: /^\s*\d+ failing$/,
    // The list below names the suite first, less deep.
    failed: /^\s{4,}\d+\) (.+?):?$/,
    assertion: /^\s*(\w*Error(?: \[\w+\])?: .+)$/,
    place: /\(?([\w./-]+\.[cm]?[jt]s):(\d+):\d+\)?$/,
  },
  {
    name: 'CTest',
    speaks: /tests? failed out of \d+/,
    failed: /^\s*\d+ - (\S+) \((?:Failed|Timeout|SEGFAULT|Subprocess aborted|Not Run)\)/,
    assertion: /(?!)/,
  },
  {
    name: 'Bazel',
    speaks: /^Executed \d+ out of \d+ tests?/,
    failed: /^(\/\/\S+)\s+(?:FAILED|TIMEOUT)(?: TO BUILD)?(?: in .+)?$/,
    assertion: /(?!)/,
  },
  {
    name: 'RSpec',
    reason: 'first',
    speaks: /\d+ examples?, \d+ failures?/,
    failed: /^rspec (\.\/\S+:\d+)/,
    assertion: /^\s+(Failure\/Error: .+)$/,
    place: /^rspec \.\/(\S+):(\d+)/,
  },
  {
    name: 'unittest',
    speaks: /^FAILED \((?:failures|errors)=/,
    failed: /^(?:FAIL|ERROR): (\w+ \([\w.]+\))/,
    assertion: /^(\w+Error(?:: .+)?)$/,
    place: /^ {2}File "([^"]+)", line (\d+), in test/,
  },
  {
    name: 'XCTest',
    speaks: /^\s*Executed \d+ tests?, with [1-9]/,
    failed: /^\S+\.swift:\d+: error: -?\[?([\w.]+[. ]\w+)\]? : /,
    assertion: /: error: -?\[?[\w.]+[. ]\w+\]? : (.+)$/,
    place: /^(\S+\.swift):(\d+): error: /,
  },
  {
    name: 'Cypress',
    speaks: /^\s*\(Run Finished\)/,
    failed: /^\s*│ ✖\s+(\S+)\s/,
    assertion: /(?!)/,
  },
  {
    name: 'TAP',
    speaks: /^TAP version|^# fail [1-9]|^1\.\.\d+$/,
    failed: /^\s*not ok \d+ -? ?((?!.*# (?:TODO|SKIP)).+)$/,
    assertion: /^\s+(?:error|message): (.+)$/,
  },
];

/** Of runners that have no entry of their own: a count of failures above zero, and how most of them name a test that failed. */
const ANY_RUNNER: Runner = {
  name: 'test runner',
  speaks:
    /\b\d+ (?:tests?|specs?|examples?|runs|scenarios?|checks)\b.*\b[1-9]\d* (?:failures?|failed|errors?|broken)\b|\b(?:Ran|Executed) \d+ (?:of \d+|tests?).*(?:FAILED|with [1-9]\d* failures?)|\b[1-9]\d* (?:tests?|specs?|scenarios?) failed\b|\|\s*[1-9]\d* Failed\s*\||^\s*[1-9]\d* (?:failing|failed)\b|\+\d+ -[1-9]\d*: Some tests failed/i,
  failed:
    /^\s*\d+\) (?!(?:Failure|Error):?$)(.{3,200}?)(?: ─+)?$|^\s*\[FAIL\] (.+)$|^\[ {2}FAILED {2}\] (\S+\.\S+)(?: \(.*)?$|^(\S.{2,200}?)(?: (?:\.{2,}|-))? FAILED$|^Test Case '(.+)' failed|^\d+:\d+ .*-\d+: (.+) \[E\]$|^(\S.*\S) +\| FAIL \|$|^(\S+#\S+) \[[^\]]+\]:$|^\s*[✗✘✖✕] (.{3,200})$/u,
  assertion:
    /^\s+((?:\*\* )?\(?\w*(?:Error|Exception|Failure)\)?:? .+|Assertion .+|Expected:? .+|Timed out .+|(?:assert|expect)\w*\b.+)$/,
  place: /^\s+(?:at |# )?([\w@./-]+\.\w{1,5}):(\d+)\b/,
};

/** A failed suite's failing is said of its children too: `TestZones` beside `TestZones/far`. */
function leaves(names: readonly string[]): string[] {
  return names.filter((name) => !names.some((other) => other !== name && other.startsWith(`${name}/`)));
}

function first(
  output: Output,
  from: number,
  to: number,
  pattern: RegExp,
): { line: OutputLine; match: RegExpExecArray } | undefined {
  const step = to < from ? -1 : 1;
  for (let at = from; at !== to; at += step) {
    const line = output.lines[at];
    if (line === undefined) return undefined;
    const match = pattern.exec(line.inner) ?? pattern.exec(line.text);
    if (match !== null) return { line, match };
  }
  return undefined;
}

/** Why the first test fails, as the runner says it. */
function reasonOf(output: Output, runner: Runner, at: number) {
  if (runner.reason === 'first') {
    const start = output.lines.findIndex(({ inner }) => runner.speaks.test(inner));
    // `pytest -q` has no line at its start: the first of its lines stands below the reasons.
    const before = first(output, Math.max(0, start), at, runner.assertion) ?? first(output, 0, at, runner.assertion);
    if (before !== undefined) return before;
  }
  // `go test -v` prints what a test says before its result.
  if (runner.reason === 'above') {
    let top = at;
    while (top > 0 && runner.assertion.test(output.lines[top - 1]?.inner ?? '')) top--;
    if (top < at) return first(output, top, at, runner.assertion);
  }
  return first(output, at, at + 40, runner.assertion);
}

function sight(output: Output, runner: Runner): Sighted[] {
  if (!output.lines.some(({ inner }) => runner.speaks.test(inner))) return [];
  const found = output.lines.flatMap((line, at) => {
    const match = runner.failed.exec(line.inner) ?? runner.failed.exec(line.text);
    const name = group(match ?? undefined);
    return match === null || (/^(?:Console|Test suite failed)/.test(name) && !/suite/.test(name))
      ? []
      : [{ line, at, name: name.trim() }];
  });
  const begin = found[0];
  if (begin === undefined) return [];
  const reason = reasonOf(output, runner, begin.at);
  const anchor = reason === undefined ? begin.at : output.lines.indexOf(reason.line);
  const place =
    runner.place === undefined
      ? undefined
      : (first(output, anchor, anchor + 30, runner.place) ??
        first(output, anchor, Math.max(-1, anchor - 12), runner.place));
  const names = leaves([...new Set(found.map(({ name }) => name))]);
  const listed = names.slice(0, 3).map((name) => `\`${name.slice(0, 120)}\``);
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
  const why =
    reason === undefined
      ? ''
      : `: ${quoted(reason.match.slice(1).find((part) => part !== undefined) ?? reason.match[0])}`;
  return [
    {
      at: Math.min(begin.at, anchor),
      draft: {
        object: place === undefined ? wholeOutput(output) : fileRef(place.match[1] ?? '', place.match[2]),
        summary: `${names.length === 1 ? 'A test fails' : `${names.length} tests fail`} (${runner.name}): ${listed.join(', ')}${rest}${why}`,
        confidence: 0.95,
        severity: 'failed',
        citations: [
          citeOutput(begin.line),
          citeOutput(reason?.line),
          citeOutput(place?.line),
          ...found.slice(1, 3).map(({ line }) => citeOutput(line)),
        ],
        involves: imagesBuiltIn(output),
        rulesOut: [{ kind: 'package-not-found', why: 'the tests ran, so the dependencies were installed' }],
        remedies: [
          look('Run the first failing test alone, on the same commit'),
          change('Correct the code, or the test where what it expects is out of date'),
        ],
      },
    },
  ];
}

/** Failed tests, of whichever runner. */
export const testsFailed: OutputKind = {
  kind: 'tests-failed',
  stage: 'build',
  rank: 'cause',
  title: 'Tests of the build fail',
  about:
    'A test runner (pytest, unittest, vitest, Jest, go test, cargo test, JUnit, RSpec, TAP, or any that counts its failures) names tests that fail.',
  remedy: 'Run the first failing test alone; correct the code or the test.',
  find: (output) => {
    const known = RUNNERS.flatMap((runner) => sight(output, runner));
    if (!output.pipeline) return known;
    if (known.length === 0) return sight(output, ANY_RUNNER);
    // A suite that runs within one test of Go names its own tests before that one ends.
    const wrapped = RUNNERS.filter(({ wraps }) => wraps).flatMap((runner) => sight(output, runner))[0];
    const inside = wrapped === undefined || known.length > 1 ? undefined : sight(output, ANY_RUNNER)[0];
    return inside !== undefined && inside.at < (wrapped?.at ?? 0) ? [inside] : known;
  },
};

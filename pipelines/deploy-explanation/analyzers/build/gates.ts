import type { Output } from '../../../../src/evidence/outputs.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { fileRef, isClosing, type LineHit, lineKind } from './line-kind.ts';

/** eslint, stylelint and their like print the file above its problems. */
function fileAbove(hit: LineHit): string | undefined {
  return (
    hit.match.groups?.table === undefined
      ? hit.near(/^((?:\/|\.{0,2}\/?)[\w@./-]+\.\w{1,5})$/, -40)
      : hit.near(TABLE, -3)
  )?.match[1];
}

/** How linters sum up what they found. */
const SUMMED =
  /\b[1-9]\d* (?:offen[cs]es?|problems?|violations?|issues?(?:\(s\))?) (?:detected|found|reported)\b|failed with [1-9]\d* (?:weighted )?issues|^Found [1-9]\d* violations?|^Summary error count/;

const COUNTED = new WeakMap<Output, boolean>();

function isSummed(output: Output): boolean {
  const known = COUNTED.get(output) ?? output.lines.some(({ inner }) => SUMMED.test(inner.slice(0, 400)));
  COUNTED.set(output, known);
  return known;
}

/** The first rule below a count of findings: an identifier in dots, or letters and a number. */
function ruleBelow(hit: LineHit) {
  return hit.near(/(?:^|[\s❯❱>]|: )(?:[a-z][\w-]*\.){2,}[\w-]+\s*$|\b[A-Z]{2,}[A-Z0-9]*[_-][A-Z0-9_-]*\d+\b/, 14);
}

/** Linters of PHP put the findings of a file into a table below its name. */
const TABLE = /^(?:\s*Line\s{2,}|FILE: )(\S+\.\w{1,6})\s*$/;

/** What a count of findings counts: a rule below it, or a place or a table above it. */
function detailOf(hit: LineHit) {
  return ruleBelow(hit) ?? hit.near(/[\w@-]\.\w{1,6}:\d+:\d+\b/, -60) ?? hit.near(TABLE, -60);
}

/** The place that a linter points at right below a rule: `  --> src/app.py:77:5`. */
function placeBelow(hit: LineHit) {
  return hit.near(/^\s*--> (?<file>\S+?):(?<line>\d+):\d+$/, 1)?.match.groups;
}

const lintFailed = lineKind({
  kind: 'lint-failed',
  title: 'A linter refuses the code',
  about:
    'eslint, Biome, Ruff, flake8, golangci-lint, clippy, ShellCheck, hadolint, actionlint or yamllint reports an error.',
  remedy: 'Correct the line, or say in it why the rule does not hold there.',
  patterns: [
    /^\s+\d+:\d+\s+error\s+(.+?)\s{2,}[\w@/-]+$/,
    /^(?<file>\S+\.\w{1,6}):(?<line>\d+):\d+ lint\/(?<why>\w+\/\w+)/,
    /^(?<file>\S+\.pyi?):(?<line>\d+):\d+: (?<why>[A-Z]{1,4}\d{3,4} .+)/,
    // Ruff names the place below the rule.
    /^(?<below>[A-Z]{1,6}\d{3,4} (?:\[\*\] )?\S.+)$/,
    /^\s*(?<file>\S+\.go):(?<line>\d+):\d+: (?<why>.+ \([a-z]\w+\))$/,
    /^(?<file>\S*[Dd]ockerfile\S*):(?<line>\d+) (?<why>(?:DL|SC)\d{4} (?:error: )?.+)/,
    /^In (?<file>\S+) line (?<line>\d+):$/,
    /^(?<file>\S+\.ya?ml):(?<line>\d+):\d+: (?<why>(?:\[error\] )?.+ \[?[\w-]+\]?)$/,
    /^(?<why>error: (?:this .+|unused .+|use of .+|.+ is never used))$/,
    /^(?<file>\S+\.pyi?):(?<line>\d+): error: (?<why>.+\[[\w-]+\])$/,
    // Checkstyle, PMD and SpotBugs as Maven runs them.
    /^\[ERROR\] (?<file>\S+\.\w+):\[(?<line>\d+)(?:,\d+)?\] (?<why>\(\w+\) \w+: .+)$/,
    /PMD Failure: (?<why>[\w.$]+:\d+ Rule:\w+ .+)$/,
    /^\[ERROR\] (?<why>(?:High|Medium|Low): .+) At (?<file>\w+\.java):\[lines? (?<line>\d+)/,
    /^ERROR: (?<why>[A-Z]\w+) - (?<file>\S+\.php):(?<line>\d+):\d+ - /,
    /^\s*(?<file>\S+\.pyi?):(?<line>\d+):\d+ - error: (?<why>.+)$/,
    /^(?<table>FOUND [1-9]\d* ERRORS?(?: AND \d+ WARNINGS?)? AFFECTING \d+ LINES?)$/,
    /^[1-9]\d* issue\(s\) found:$/,
    /^\s*\[ERROR\] (?<count>Found [1-9]\d* errors?)\s*$/,
    // Of scanners of code or configuration that show what they found in blocks of their own.
    /^[\s│|]*(?<count>(?:Failed checks: )?[1-9]\d* (?:[A-Za-z]+ ){0,2}(?:[Ff]indings?|potential problem\(s\)|lint errors?)\b[^│|]*|[1-9]\d* (?:[a-z]+ ){0,2}(?:issues?|problems?|violations?|offen[cs]es?) (?:found|detected|reported)\b.*|.*\bFailed checks: [1-9]\d*.*)/,
    // Of other linters: place, a letter of severity or none, the rule; counted at the end.
    /^(?<file>[\w@./-]+\.\w{1,6}):(?<line>\d+):\d+:? (?<sum>\[?[CEFWR]\]?: |(?:error|warning): |)(?<why>(?:\[\w+\] )?.+)$/,
  ],
  holds: (hit) => {
    const text = hit.line.inner;
    if (hit.match.groups?.count !== undefined)
      return hit.output.pipeline && isClosing(hit) && detailOf(hit) !== undefined;
    if (hit.match.groups?.below !== undefined) return placeBelow(hit) !== undefined;
    if (hit.match.groups?.table !== undefined) return hit.near(TABLE, -3) !== undefined;
    if (hit.match.groups?.sum !== undefined) return isSummed(hit.output);
    if (/^error: /.test(text)) return hit.near(/clippy::|#\[deny|-D (?:warnings|clippy)|`-D /, 14) !== undefined;
    if (/^\s+\d+:\d+\s+error/.test(text)) return fileAbove(hit) !== undefined;
    if (/^In \S+ line/.test(text)) return hit.near(/SC\d{4}/, 6) !== undefined;
    return true;
  },
  confidence: 0.94,
  says: (hit) => {
    const {
      file = fileAbove(hit),
      line = /^\s+(\d+):/.exec(hit.line.inner)?.[1],
      why,
    } = hit.match.groups?.below === undefined
      ? (hit.match.groups ?? {})
      : { ...placeBelow(hit), why: hit.match.groups.below };
    const { count } = hit.match.groups ?? {};
    if (count !== undefined)
      return `A linter refuses the code: ${quoted(count)}, for one ${quoted(detailOf(hit)?.line.inner)}`;
    const said =
      why ??
      hit.near(/^(?:Error|Warning|Notice): (.+)/, 4)?.match[1] ??
      hit.near(/SC\d{4}.*/, 6)?.match[0] ??
      group(hit.match);
    return `A linter refuses the code: ${file === undefined ? '' : `${file}${line === undefined ? '' : ` line ${line}`}, `}${quoted(said)}`;
  },
  object: (hit) => {
    const { file, line } = hit.match.groups ?? {};
    if (file !== undefined) return fileRef(file, line);
    const above = fileAbove(hit);
    const below = hit.near(/^\s*--> (\S+?):(\d+):\d+/, 3)?.match;
    if (below !== undefined) return fileRef(below[1] ?? '', below[2]);
    return above === undefined ? undefined : fileRef(above, /^\s+(\d+):/.exec(hit.line.inner)?.[1]);
  },
  also: (hit) => [hit.near(/^✖ \d+ problems?|^Found \d+ errors?/, 60)?.line],
  remedies: () => [
    look('Run the linter on that file'),
    change('Correct the line, or disable the rule there with a reason'),
  ],
});

/** The first file: in the line itself, in the list above it, or alone in a line below it. */
function unformatted(hit: LineHit): string | undefined {
  const listed = group(hit.match) || hit.near(/^(?:\[warn\]|\s+\d+\)) (\S+\.\w+)(?: \(.*\))?$/, -40)?.match[1];
  return listed || hit.near(/^\s+(?:[*-] )?([\w@./-]+\.\w{1,6})$/, 4)?.match[1];
}

const formatFailed = lineKind({
  kind: 'format-check-failed',
  title: 'Files are not formatted',
  about: 'Prettier, Biome, Black, Ruff, gofmt, rustfmt or terraform fmt would write a file differently.',
  remedy: 'Run the formatter and commit.',
  patterns: [
    /Code style issues (?:found in|were found)/,
    /^would reformat (\S+)/i,
    /^Found [1-9]\d* of \d+ files that can be fixed/,
    /^(\S+?)\(\d+,\d+\): error (?:WHITESPACE|IMPORTS|FINALNEWLINE|ENDOFLINE|CHARSET): /,
    /^(\S+) format ━+$/,
    /^Diff in (\S+?)(?: at line \d+|:\d+):?$/,
    /\d+ files? would be reformatted/,
    /File content differs from formatting output/,
    /^(?:Some )?[Ff]iles (?:are )?not formatted/,
    /^(\S+): needs formatting|gofmt .* not formatted/,
    /files? (?:had format violations|(?:are|is) not (?:properly )?formatted|needs? (?:re)?formatting|must be (?:re)?formatted)\b/i,
  ],
  confidence: 0.93,
  says: (hit) => {
    const file = unformatted(hit);
    return `Files are not formatted as the formatter would write them${file === undefined || file === '' ? '' : ` (first: ${quoted(file, 120)})`}`;
  },
  object: (hit) => {
    const file = unformatted(hit);
    return file === undefined || file === '' ? undefined : fileRef(file);
  },
  also: (hit) => [hit.near(/^\[warn\] \S+\.\w+$/, -40)?.line],
  remedies: () => [change('Run the formatter and commit what it writes')],
});

const ADVISORY =
  /\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-\w{4}){3}|RUSTSEC-\d{4}-\d{4}|PYSEC-\d{4}-\d+|GO-\d{4}-\d{4}|SNYK-[A-Z]+-\S+|DSA-\d+)/;
const COUNTED_ADVISORIES =
  /\b[1-9]\d* (?:[a-z]+ ){0,2}(?:vulnerabilit(?:y|ies)|advisor(?:y|ies))\b|\badvisories FAILED\b/;

const coverageLow = lineKind({
  kind: 'quality-gate-failed',
  title: 'A quality gate is not reached',
  about: 'Coverage lies below its threshold, an audit finds vulnerabilities, a scan or SonarQube gate says no.',
  remedy: 'Raise what the gate measures, or set the threshold with a reason.',
  patterns: [
    /Coverage for (\w+) \([\d.]+%\) does not meet (?:global|"[^"]+") threshold \([\d.]+%\)/,
    /coverage threshold for (\w+) \([\d.]+%\) not met/,
    /FAIL Required test coverage of [\d.]+% not reached/,
    /QUALITY GATE STATUS: FAILED/,
    /\bleaks found: [1-9]\d*$/,
    /(?:Total|Failures): \d+ \(.*(?:CRITICAL|HIGH): [1-9]/,
    /^found [1-9]\d* (?:high|critical).* vulnerabilit/,
    // A measure beside the one that is asked for: `lines covered ratio is 0.74, but expected minimum is 0.80`.
    /^(?=.*(?:cover|ratio|score|threshold)).*\b(?:is|was|of) [\d.]+ ?%?,? (?:but |which is |and )?(?:(?:the )?expected (?:minimum|maximum)|below|less than|lower than|under) .*?\d/i,
    // Counted or judged at the end, after what has an identifier in a list of advisories.
    /\b[1-9]\d* (?:[a-z]+ ){0,2}(?:vulnerabilit(?:y|ies)|advisor(?:y|ies))\b(?! (?:ignored|allowed))|\badvisories FAILED\b/,
    /vulnerabilit(?:y|ies) (?:found )?(?:at or )?above (?:the )?(?:severity )?threshold|at or above the severity threshold/,
  ],
  holds: (hit) => !COUNTED_ADVISORIES.test(hit.match[0]) || (isClosing(hit) && hit.near(ADVISORY, -400) !== undefined),
  confidence: 0.93,
  says: (hit) => {
    const advisory = COUNTED_ADVISORIES.test(hit.match[0]) ? hit.near(ADVISORY, -400) : undefined;
    if (advisory !== undefined)
      return `A quality gate is not reached: ${quoted(hit.line.inner)}, last ${quoted(advisory.line.inner)}`;
    const worst = hit.near(/^.*\b(?:CVE-\d{4}-\d+|GHSA-[\w-]+)\b.*\b(?:Critical|High)\b.*/i, -200)?.match[0];
    const named = /vulnerabilit|threshold/.test(hit.line.inner) && worst !== undefined;
    return `A quality gate is not reached: ${quoted(hit.line.inner)}${named ? `, first ${quoted(worst.replace(/\s+/g, ' '))}` : ''}`;
  },
  remedies: () => [
    look('See what the gate measures'),
    change('Raise what it measures; lower the threshold only with a reason', 'medium'),
  ],
});

export const gates = [lintFailed, formatFailed, coverageLow];

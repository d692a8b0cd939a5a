import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { fileRef, type LineHit, lineKind } from './line-kind.ts';

/** eslint, stylelint and their like print the file above its problems. */
function fileAbove(hit: LineHit): string | undefined {
  return hit.near(/^((?:\/|\.{0,2}\/?)[\w@./-]+\.\w{1,5})$/, -40)?.match[1];
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
    /^(?<file>\S+\.go):(?<line>\d+):\d+: (?<why>.+ \([a-z]\w+\))$/,
    /^(?<file>\S*[Dd]ockerfile\S*):(?<line>\d+) (?<why>(?:DL|SC)\d{4} (?:error: )?.+)/,
    /^In (?<file>\S+) line (?<line>\d+):$/,
    /^(?<file>\S+\.ya?ml):(?<line>\d+):\d+: (?<why>(?:\[error\] )?.+ \[?[\w-]+\]?)$/,
    /^(?<why>error: (?:this .+|unused .+|use of .+|.+ is never used))$/,
    /^(?<file>\S+\.pyi?):(?<line>\d+): error: (?<why>.+\[[\w-]+\])$/,
  ],
  holds: (hit) => {
    const text = hit.line.inner;
    if (/^error: /.test(text)) return hit.near(/clippy::|#\[deny|-D (?:warnings|clippy)|`-D /, 14) !== undefined;
    if (/^\s+\d+:\d+\s+error/.test(text)) return fileAbove(hit) !== undefined;
    if (/^In \S+ line/.test(text)) return hit.near(/SC\d{4}/, 6) !== undefined;
    return true;
  },
  confidence: 0.94,
  says: (hit) => {
    const { file = fileAbove(hit), line = /^\s+(\d+):/.exec(hit.line.inner)?.[1], why } = hit.match.groups ?? {};
    const said = why ?? hit.near(/SC\d{4}.*/, 6)?.match[0] ?? group(hit.match);
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

const formatFailed = lineKind({
  kind: 'format-check-failed',
  title: 'Files are not formatted',
  about: 'Prettier, Biome, Black, Ruff, gofmt, rustfmt or terraform fmt would write a file differently.',
  remedy: 'Run the formatter and commit.',
  patterns: [
    /Code style issues (?:found in|were found)/,
    /^would reformat (\S+)/i,
    /^(\S+) format ━+$/,
    /^Diff in (\S+?)(?: at line \d+|:\d+):?$/,
    /\d+ files? would be reformatted/,
    /File content differs from formatting output/,
    /^(?:Some )?[Ff]iles (?:are )?not formatted/,
    /^(\S+): needs formatting|gofmt .* not formatted/,
  ],
  confidence: 0.93,
  says: (hit) => {
    const file = group(hit.match) || hit.near(/^\[warn\] (\S+\.\w+)$/, -40)?.match[1];
    return `Files are not formatted as the formatter would write them${file === undefined || file === '' ? '' : ` (first: ${quoted(file, 120)})`}`;
  },
  object: (hit) => {
    const file = group(hit.match) || hit.near(/^\[warn\] (\S+\.\w+)$/, -40)?.match[1];
    return file === undefined || file === '' ? undefined : fileRef(file);
  },
  also: (hit) => [hit.near(/^\[warn\] \S+\.\w+$/, -40)?.line],
  remedies: () => [change('Run the formatter and commit what it writes')],
});

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
    /(?:Total|Failures): \d+ \(.*(?:CRITICAL|HIGH): [1-9]/,
    /^found [1-9]\d* (?:high|critical).* vulnerabilit/,
  ],
  confidence: 0.93,
  says: (hit) => `A quality gate is not reached: ${quoted(hit.line.inner)}`,
  remedies: () => [
    look('See what the gate measures'),
    change('Raise what it measures; lower the threshold only with a reason', 'medium'),
  ],
});

export const gates = [lintFailed, formatFailed, coverageLow];

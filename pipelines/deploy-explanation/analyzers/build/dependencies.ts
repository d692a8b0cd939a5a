import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { fileRef, type LineHit, lineKind } from './line-kind.ts';
import { NOTHING_FITS, registries, UNSATISFIABLE } from './registries.ts';
import { missingVersion } from './unsatisfiable.ts';

/** The file that a package manager reads, by the words of its message. */
function manifestOf(hit: LineHit, locked: boolean): string | undefined {
  const text = [
    hit.line.inner,
    hit.near(
      /package-lock|pnpm-lock|yarn\.lock|Cargo\.lock|go\.(?:sum|mod)|poetry\.lock|uv\.lock|Gemfile\.lock|composer\.lock/,
      6,
    )?.line.inner ?? '',
  ].join(' ');
  if (/pnpm|PNPM/.test(text)) return locked ? 'pnpm-lock.yaml' : 'package.json';
  if (/yarn|YN\d{4}/i.test(text)) return locked ? 'yarn.lock' : 'package.json';
  if (/Cargo\.lock|--locked/.test(text)) return locked ? 'Cargo.lock' : 'Cargo.toml';
  if (/poetry/i.test(text)) return locked ? 'poetry.lock' : 'pyproject.toml';
  if (/\buv\b|uv\.lock/.test(text)) return locked ? 'uv.lock' : 'pyproject.toml';
  if (/go\.sum/.test(text)) return 'go.sum';
  if (/go\.mod|updates to go\.mod/.test(text)) return 'go.mod';
  if (/Gemfile|gemfile|gemspec/.test(text)) return 'Gemfile.lock';
  if (/composer/i.test(text)) return locked ? 'composer.lock' : 'composer.json';
  if (/NU1004/.test(text)) return 'packages.lock.json';
  if (/npm|package-lock/.test(text)) return locked ? 'package-lock.json' : 'package.json';
  return undefined;
}

const lockfileOutdated = lineKind({
  kind: 'lockfile-out-of-date',
  title: 'The lock file does not fit the manifest',
  about:
    'The build installs exactly what the lock file says, and that is not what package.json, go.mod or Cargo.toml asks for (or there is no lock file).',
  remedy: 'Renew the lock file with the same version of the tool, and commit it.',
  patterns: [
    /`npm ci` can only install (?:packages )?(?:when|with)/,
    /The `npm ci` command can only install with an existing package-lock/,
    /ERR_PNPM_(?:OUTDATED_LOCKFILE|NO_LOCKFILE|LOCKFILE_CONFIG_MISMATCH)/,
    /Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`/,
    /YN0028:.*The lockfile would have been (?:modified|created) by this install/,
    /the lock file \S*Cargo\.lock needs to be updated but --locked was passed/,
    /cannot update the lock file \S+ because --locked was passed/,
    /missing go\.sum entry for (?:module providing package |go\.mod file|module )?/,
    /go: updates to go\.(?:mod|sum) needed/,
    /pyproject\.toml changed significantly since poetry\.lock was last generated/,
    /The lockfile at `?uv\.lock`? needs to be updated, but `?--(?:locked|frozen)/,
    /Your bundle is frozen|The gemspecs? for .* changed|deployment mode after changing your Gemfile/,
    /[Tt]he (?:dependencies in your )?gem(?:file|specs?)\b.* changed.*(?:lockfile|frozen)|lockfile can't be updated because frozen mode is set/,
    /[Tt]he lock file is not up to date with the latest changes in composer\.json/,
    /error NU1004: .*(?:packages lock file|locked mode)/,
    /lockfile had changes, but lockfile is frozen/,
  ],
  confidence: 0.97,
  says: (hit) => {
    const missing = hit.near(/(?:Missing|Invalid): (?:lock file's )?(\S+@\S+)/, 8);
    const name = manifestOf(hit, true);
    return `The dependencies are not installed: ${name ?? 'the lock file'} does not fit the manifest${missing === undefined ? '' : ` (${quoted(missing.match[0], 120)})`}`;
  },
  object: (hit) => {
    const name = manifestOf(hit, true);
    return name === undefined ? undefined : fileRef(name);
  },
  also: (hit) => [hit.near(/(?:Missing|Invalid): /, 8)?.line],
  remedies: (hit) => {
    const name = manifestOf(hit, true);
    const line = {
      'package-lock.json': 'npm install --package-lock-only',
      'pnpm-lock.yaml': 'pnpm install --lockfile-only',
      'yarn.lock': 'yarn install',
      'Cargo.lock': 'cargo update --workspace',
      'go.sum': 'go mod tidy',
      'go.mod': 'go mod tidy',
      'poetry.lock': 'poetry lock',
      'uv.lock': 'uv lock',
      'Gemfile.lock': 'bundle lock',
      'composer.lock': 'composer update --lock',
    }[name ?? ''];
    return [
      change(
        `Renew ${name ?? 'the lock file'} and commit it`,
        'low',
        line === undefined ? undefined : command(...line.split(' ')),
      ),
    ];
  },
});

const conflict = lineKind({
  kind: 'dependency-conflict',
  title: 'Two dependencies ask for versions that exclude each other',
  about: 'The resolver finds no set of versions that satisfies all of them.',
  remedy: 'Raise or lower one of the two, so that their ranges meet.',
  patterns: [
    /(?:npm (?:error|ERR!) )?code ERESOLVE/,
    /ERR_PNPM_PEER_DEP_ISSUES/,
    /ResolutionImpossible/,
    /ERROR: Cannot install (.+) because these package versions have conflicting dependencies/,
    /error: failed to select a version for (?:the requirement )?`([^`]+)`/,
    /\bversion solving (?:has )?failed/,
    /^Could not find compatible versions$/,
    /Could not solve for environment specs|UnsatisfiableError\b/,
    UNSATISFIABLE,
    /Could not resolve version conflict among/,
    /error NU1(?:107: Version conflict detected for (\S+?)\.|605: .*[Dd]etected package downgrade: (\S+))/,
    /Bundler could not find compatible versions for gem "([^"]+)"/,
    /requires (\S+)@(?:v[\d.]+), but \S+ requires/,
  ],
  holds: (hit) => hit.near(NOTHING_FITS, 4) === undefined && missingVersion(hit) === undefined,
  confidence: 0.96,
  says: (hit) => {
    const told = hit.near(/Could not resolve dependency:$/, 40)?.at;
    const asks = told === undefined ? undefined : hit.output.lines[told + 1]?.inner;
    if (asks !== undefined)
      return `The dependencies cannot be resolved: ${quoted(asks.replace(/^npm (?:error|ERR!) /, ''), 160)}`;
    const peer = hit.near(
      /(\S+ \S+ +is not installable because.+|nothing provides .+|peer (?:dep )?\S+"[^"]*" from \S+|The conflict is caused by|.+ depends on .+|required by package .+)/,
      16,
    );
    return `The dependencies cannot be resolved${peer === undefined ? `: ${quoted(group(hit.match) || hit.line.inner, 160)}` : `: ${quoted(peer.match[1], 160)}`}`;
  },
  object: (hit) => {
    const name = /ERESOLVE|PNPM/.test(hit.line.inner)
      ? 'package.json'
      : /failed to select/.test(hit.line.inner)
        ? 'Cargo.toml'
        : undefined;
    return name === undefined ? undefined : fileRef(name);
  },
  also: (hit) => [
    hit.near(/Found: \S+/, 12)?.line,
    hit.near(/peer (?:dep )?\S+"[^"]*" from|conflict is caused by|depends on|required by package/, 16)?.line,
  ],
  remedies: () => [
    look('See who asks for which version'),
    change('Choose versions whose ranges meet; forcing the install hides the conflict only', 'medium'),
  ],
});

const toolchain = lineKind({
  kind: 'toolchain-version-unsupported',
  pipelineOnly: true,
  title: 'The tool of the builder has the wrong version',
  about: 'A package or the project asks for another version of Node, Python, Go, Rust or Java than the builder has.',
  remedy: 'Set the version in the job or the image to the one asked for.',
  patterns: [
    /(?:npm (?:error|ERR!) )?code EBADENGINE/,
    /ERR_PNPM_UNSUPPORTED_ENGINE/,
    /The engine "(\w+)" is incompatible with this module\. (.+)/,
    /ERROR: Package '([^']+)' requires a different Python: (.+)/,
    /go: (?:go\.mod|\S+) requires go >= (\S+) \(running go (\S+)[;)]/,
    /(?:error|Caused by): .*(?:rustc \S+ is not supported by|requires rustc (\S+) or newer)/,
    /package `([^`]+)` cannot be built because it requires rustc (\S+) or newer/,
    /feature `(edition\d{4})` is required/,
    /error: (?:invalid (?:source|target) release|release version (\d+) not supported)/,
    /Unsupported class file major version (\d+)/,
    /has been compiled by a more recent version of the Java Runtime/,
    /The current .* version .* does not satisfy .* version (.+)/,
    /requires php \S.* -> your php version \(\S+\) does not satisfy that requirement/,
    /Your Ruby version is \S+, but your Gemfile specified (\S+)/,
    /error NETSDK1045: /,
    /requires at least JVM runtime version (\d+)\./,
    /requires (?:JVM (\d+) or later to run|Java (\d+) to run)/,
    /resolved to (Python \S+), which is incompatible with the project's Python requirement/,
    /(?:current|currently activated) Python version \(?(\S+?)\)? is not (?:allowed|supported) by the project/i,
  ],
  confidence: 0.95,
  says: (hit) =>
    `The builder has the wrong version of a tool: ${quoted(hit.near(/^\s*\S+ requires \w+ [\d.]+.*|Not compatible with your version.*|Required: .*|Your \w+ version is incompatible.*/, 5)?.match[0] ?? hit.line.inner, 180)}`,
  also: (hit) => [hit.near(/Required: |Expected version/, 5)?.line, hit.near(/Actual: |Got: /, 6)?.line],
  remedies: () => [look('See which version the job sets up'), change('Set the version that is asked for')],
});

/** What pip shows of the program that it ran: `[12 lines of output]` to `[end of output]`, of which the line of an error decides. */
function besides(hit: LineHit) {
  const [from, to] = [hit.near(/\[\d+ lines? of output\]$/, 6)?.at, hit.near(/\[end of output\]$/, 400)?.at];
  if (from === undefined || to === undefined) return undefined;
  const said = hit.output.lines.slice(from + 1, to);
  const line =
    said.find(({ inner }) => /\b(?:fatal )?error: /i.test(inner) && !/^\s*error: command /.test(inner)) ??
    said.findLast(({ inner }) => inner.trim() !== '');
  return line === undefined ? undefined : { line };
}

const nativeBuild = lineKind({
  kind: 'package-build-failed',
  rank: 'step',
  title: 'A dependency cannot be built on this machine',
  about:
    'A package without a ready binary is compiled while it is installed, and that fails: a compiler, a header or a library is missing.',
  remedy: 'Install what the compiler misses, or use a version with a ready binary.',
  patterns: [
    /gyp ERR! (?:build error|stack Error: .+|configure error)/,
    /ERROR: Failed (?:building wheel for|to build installable wheels for some pyproject\.toml based projects) ?\(?(\S*?)\)?$/,
    /error: failed to run custom build command for `([^`]+)`/,
    /ERROR: Could not build wheels for (\S+)/,
    /Failed to build gem native extension/,
    // pip: what it ran to know or to build a package, in its own words.
    /^\s*× .+ did not run successfully\.?$/,
  ],
  // Built within a step of an image, it says more than the step.
  confidence: 0.91,
  says: (hit) => {
    const told = besides(hit);
    const words =
      told ??
      hit.near(/(?:fatal )?error: .+|not found|cannot find.+|No such file.+/i, -40) ??
      hit.near(/\.{3} no$|not found|cannot find|is missing/, 30);
    const named =
      group(hit.match) ||
      (told === undefined
        ? undefined
        : hit.near(/^\s*(?:Collecting|Building wheels? for collected packages:) ([^\s,]+)/, -60)?.match[1]) ||
      hit.near(/An error occurred while installing (\S+)/, 60)?.match[1];
    return `The dependency ${quoted(named ?? 'that compiles code', 100)} cannot be built here${words === undefined ? '' : `: ${quoted(words.line.inner)}`}`;
  },
  also: (hit) => [(besides(hit) ?? hit.near(/(?:fatal )?error: .+|not found|cannot find.+/i, -40))?.line],
  remedies: () => [
    change('Install the compiler, header or library that is missing, or pin a version with a ready binary'),
  ],
});

export const dependencies = [lockfileOutdated, ...registries, conflict, toolchain, nativeBuild];

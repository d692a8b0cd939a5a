import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { type LineHit, lineKind } from './line-kind.ts';
import { missingVersion } from './unsatisfiable.ts';

const integrity = lineKind({
  kind: 'package-integrity-mismatch',
  title: 'A downloaded package is not the one that was locked',
  about:
    'Its checksum differs from the lock file: it was published anew, the cache is damaged, or somebody tampers with it.',
  remedy: 'Find out why before anything is renewed: an altered package is a security incident.',
  patterns: [
    /(?:npm (?:error|ERR!) )?code EINTEGRITY/,
    /ERR_PNPM_TARBALL_INTEGRITY/,
    /verifying (\S+): checksum mismatch/,
    /SECURITY ERROR/,
    /THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE/,
    /error: checksum for `([^`]+)` changed between lock files/,
    /failed to verify the checksum of `([^`]+)`/,
    /Integrity check failed for "([^"]+)"/,
    /YN0018:.*The remote archive doesn't match the expected checksum/,
    /Dependency verification failed for/,
  ],
  confidence: 0.97,
  says: (hit) => `A package is not the one that was locked: ${quoted(hit.line.inner, 180)}`,
  also: (hit) => [
    hit.near(/downloaded:|Expected sha|integrity checksum failed/, 6)?.line,
    hit.near(/go\.sum: |Got {3,}|but got/, 6)?.line,
  ],
  remedies: () => [
    look('Compare the package with the one of the last good build'),
    change('Clear the cache and fetch again; renew the checksum only when the change is explained', 'high'),
  ],
});

/** Said of every package, too, when the index of packages could not be fetched before. */
const NO_SUCH =
  /E: Unable to locate package|unable to select packages|\(no such package\)|^ERROR: (?:Could not find a version|No matching distribution)/;
const INDEX_LOST =
  /^WARNING: Retrying .* after connection broken by |^(?:WARNING: (?:fetching|updating|opening|Ignoring) |W: Failed to fetch |Err:\d+ )\S+.*(?:temporary error|Temporary failure|[Cc]ould not (?:resolve|connect)|network|timed out|DNS|I\/O error)|^[WE]: Failed to fetch \S+\s+50\d\b/;

/** What pip and apt say in passing of an index that refuses them, before they say of each package that there is none. */
const INDEX_REFUSED = /^WARNING: 40[13] (?:Client )?Error\b|^[WE]: Failed to fetch \S+\s+40[13]\b/;

const denied = lineKind({
  kind: 'package-registry-denied',
  title: 'The package registry refuses access',
  about: 'No token, an expired one, or no right to this package.',
  remedy: 'Give the job a token that may read (or publish) the package.',
  patterns: [
    /(?:npm (?:error|ERR!) )?code (E40[13]|ENEEDAUTH)$/,
    /ERR_PNPM_FETCH_40[13]/,
    /ERROR: (?:HTTP error 40[13]|.*40[13] Client Error)/,
    /(?:User for \S+:|401 Error, Credentials not correct)/,
    /(?:Not authorized|status code: 40[13]|Unauthorized).*(?:artifact|repository|registry|index|repo\b)/,
    /\b(?:unauthorized|forbidden): (https?:\S+)/,
    /HTTP status client error \(40[13] .*for url \((https?:[^)]+)\)/,
    /\b(?:artifact|repository|registry|package)\b.*\bstatus(?: code)?:? 40[13]\b/,
    /(?:[Aa]uthentication|[Aa]uthorization) failed for .*40[13]/,
    /^(?:Authentication is required for|Bad username or password for|Could not authenticate against|Invalid credentials for) ['"]?(https?:[^\s'"]+)/,
    /failed to (?:get|download).*(?:got 40[13]|HTTP 40[13])/,
    /fatal: could not read Username for 'https:\/\/([^']+)': terminal prompts disabled/,
    /Could not (?:GET|HEAD|PUT) '([^']+)'\. Received status code 40[13]/,
    // An error that is the answer of where packages are published.
    /^(?:ERROR|error)\b:?\s+(?:\w+: )?40[13] (?:Unauthorized|Forbidden|Client Error)\b(?=.*(?:upload|publish|packag|registry|repositor|pypi|npm|nuget|maven)).*https?:\/\//,
    /error NU1301: .*\b40[13]\b/,
    NO_SUCH,
    // Any tool that downloads: the address and the answer in one line.
    /^(?=.*(?:download|fetch|retriev|install))(?!.*\/v2\/).*?(https?:\/\/[^\s"')]+).*\((?:HTTP\S*|status(?: code)?:?) ?40[13]\b/i,
  ],
  holds: (hit) => !NO_SUCH.test(hit.line.inner) || hit.near(INDEX_REFUSED, -80) !== undefined,
  confidence: 0.95,
  says: (hit) =>
    `The package registry refuses access (${quoted((NO_SUCH.test(hit.line.inner) ? hit.near(INDEX_REFUSED, -80)?.line.inner : undefined) ?? hit.near(/40[13] (?:Unauthorized|Forbidden).*|Incorrect or missing password.*/, 4)?.match[0] ?? hit.line.inner, 160)})`,
  also: (hit) => [hit.near(/(?:npm error|npm ERR!) (?:40[13]|Incorrect|need auth)/, 4)?.line],
  remedies: () => [
    look('See which token the job uses, and until when it is valid'),
    change('Give the job a token that may read the package', 'medium'),
  ],
});

/** An answer to whoever asks: the registry is there. */
const REFUSED =
  /\b(?:401|403|404) \(?(?:Unauthorized|Forbidden|Not Found)|[Ss]tatus code:? (?:does not indicate success: )?40[134]\b/;

/** What was said of the index, where that is why a package is not found. */
function lost(hit: LineHit): string | undefined {
  const said = NO_SUCH.test(hit.line.inner) ? hit.near(INDEX_LOST, -80)?.line.inner : undefined;
  return said === undefined ? undefined : (/(?:Failed to|Could not) resolve [^"]+/.exec(said)?.[0] ?? said);
}

const unreachable = lineKind({
  kind: 'package-registry-unreachable',
  pipelineOnly: true,
  title: 'The package registry does not answer',
  about: 'Its name does not resolve, the connection fails, or it answers with a server error.',
  remedy: 'Run the job again; set a mirror or a proxy where this lasts.',
  patterns: [
    /(?:npm (?:error|ERR!) )?code (ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ECONNRESET|ECONNREFUSED|ERR_SOCKET_TIMEOUT|E50[0234]|CERT_HAS_EXPIRED|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
    /ERR_PNPM_META_FETCH_FAIL/,
    /ERROR: Could not install packages due to an OSError: (.+)/,
    /(?:go: |: )(?:\S+: )?Get "(https?:[^"]+)": (?:dial tcp|net\/http|EOF|context deadline|proxyconnect|x509)/,
    /E: Unable to locate package|^ERROR: unable to select packages|^ERROR: Could not find a version that satisfies/,
    /Could not transfer artifact \S+ from\/to \S+ \((https?:[^)]+)\)/,
    /error: failed to (?:get `[^`]+` as a dependency|download from `([^`]+)`|query replaced source)/,
    // Any tool that reads what a registry has, and names its address.
    /(?:[Uu]nable|[Ff]ailed|[Cc]ould not|[Cc]annot)(?: to)? (?:load|read|retrieve|fetch|download|reach|query) (?:the )?(?:\w+ )?(?:index|metadata|package|repodata|registry|manifest of|list of versions)\b.*?(https?:\/\/[^\s"')]+)/,
    // Any tool that fetches what packages are made of from an address elsewhere, with the words of the network.
    /^(?=.*\b(?:specs?|gems?|packages?|crates?|modules?|artifacts?|dist|index|metadata|registry|mirror|repository|plugins?|wheels?|tarball|tgz|zip|tar\.gz|whl|jar|pom|nupkg|deb|rpm)\b)(?!.*:\/\/(?:localhost|127\.|0\.0\.0\.0|\[::1\]))(?=.*\b(?:fetch|download|retriev|load)\w*\b)(?!.*(?:\/v2\/|\.git\b|chart))(?=.*(?:time(?:d |-)?out|execution expired|getaddrinfo|connection (?:refused|reset|failed)|could not resolve host|dns error|no such host|network is unreachable)).*?(https?:\/\/[^\s"'<>)`]+)/i,
    /^error: Failed to fetch: `(https?:[^`]+)`/,
    /download error: Caught (java\.(?:net|io)\.\S+)/,
    // NuGet says so of whatever its feed answered; below stands what that was.
    /error NU1301: (?!The local source).*?'?(https?:[^'\s]+)/,
    /All attempts to connect to (\S+) failed|CONNECTION FAILED for url <([^>]+)>/,
    /Could not (?:GET|HEAD) '([^']+)'\.?(?: Received status code 50\d|$)/,
    /E: Failed to fetch (\S+)\s/,
    /Temporary failure resolving '([^']+)'/,
    /curl: \((?:6|7|28|35|52|56)\) (.+)/,
  ],
  holds: (hit) =>
    NO_SUCH.test(hit.line.inner) ? hit.near(INDEX_LOST, -80) !== undefined : hit.near(REFUSED, 3) === undefined,
  confidence: 0.93,
  says: (hit) =>
    `The dependencies cannot be fetched: ${quoted(lost(hit) ?? hit.near(/request to \S+ failed.*|getaddrinfo .*|connect .*:\d+/, 6)?.match[0] ?? hit.line.inner, 180)}`,
  also: (hit) => [hit.near(/request to \S+ failed|getaddrinfo|Could not resolve host|Connection refused/, 6)?.line],
  remedies: () => [
    look('Reach the registry from the runner'),
    change('Run the job again; where this lasts, set a mirror, a proxy or a cache'),
  ],
});

/** Of resolvers: nothing conflicts, there is only no such package or version. */
export const NOTHING_FITS =
  /(\S+) was not found in the (?:package registry|provided package locations)|depends on (.{1,120}?) which doesn't match any versions|there is no version of (\S+) and (?:you require|your project depends on) \S+, we can conclude that your (?:project's )?requirements/;

/** What uv says first, whatever the reason, which stands below. */
export const UNSATISFIABLE = /No solution found when resolving (?:[\w-]+ )?dependencies/;

/** What coursier (sbt, Mill, Scala CLI) says of a module, whatever the reason, which stands below. */
const COURSIER = /Error downloading ((?:[\w.-]+:){2}[\w.+-]+)$/;

/** The package that is not there, as the deciding line names it, or one below. */
function packageOf(hit: LineHit): string | undefined {
  return group(hit.match) || (hit.near(/(\S+) \(no such package\)/, 3)?.match[1] ?? missingVersion(hit));
}

const notFound = lineKind({
  kind: 'package-not-found',
  title: 'A package or version does not exist',
  about: 'The registry knows no package of that name, or not in that version.',
  remedy: 'Correct name or version, or point the tool at the registry that has it.',
  patterns: [
    /(?:npm (?:error|ERR!) )?404 +'?([@\w./-]+@[^\s']+)'? (?:is not in this registry|could not be found)/,
    NOTHING_FITS,
    UNSATISFIABLE,
    COURSIER,
    /404 +The requested resource '([^']+)' could not be found/,
    /cannot find module providing package ([^\s:]+)/,
    /notarget No matching version found for (\S+?)\.?$/,
    /ERR_PNPM_(?:FETCH_404|NO_MATCHING_VERSION\S*)\s+(.+)/,
    /No matching distribution found for (\S+)/,
    /error: no matching package (?:named )?`?([^`\s]+)`? found/,
    /error: failed to select a version for the requirement `([^`]+)`/,
    /(?<!\S)(\S+@v\S+): (?:invalid version: unknown revision|reading \S+: 404 Not Found|reading \S+ at revision \S+: unknown revision)/,
    /(?:module|package) (\S+): (?:reading \S+: 404|.*Repository not found)/,
    /Could not find artifact (\S+) in /,
    /Could not find (?!a version)((?:[\w.-]+:){2}[\w.-]+)\.$/,
    /Could not find gem '([^']+)'/,
    /Couldn't find package "([^"]+)"/,
    /error NU110[1-3]: Unable to find (?:a stable )?package (\S+?)\.?(?: |$)/,
    /Root composer\.json requires (\S+) \S+.*(?:could not be found|found .* but)/,
    /E: Unable to locate package (\S+)/,
    /^ERROR: unable to select packages|(?<!\S)(\S+) \(no such package\)/,
    /No package (\S+) available|No package matching '([^']+)'/,
    /No match for argument: (\S+)/,
  ],
  holds: (hit) =>
    UNSATISFIABLE.test(hit.match[0])
      ? missingVersion(hit) !== undefined
      : COURSIER.test(hit.match[0])
        ? hit.near(/\bnot found: https?:/, 8) !== undefined &&
          hit.near(/download error:|unauthorized: /, 8) === undefined
        : !NO_SUCH.test(hit.line.inner) ||
          (hit.near(INDEX_LOST, -80) === undefined && hit.near(INDEX_REFUSED, -80) === undefined),
  confidence: 0.95,
  says: (hit) => `The package ${quoted(packageOf(hit) ?? 'asked for', 140)} does not exist in the registry`,
  object: (hit) => ({ kind: 'Package', name: packageOf(hit) ?? 'unknown' }),
  also: (hit) => [hit.near(/from versions:|required by|404 Not Found/, -3)?.line],
  remedies: () => [
    look('Ask the registry which versions it has'),
    change('Correct the name or version, or the address of the registry'),
  ],
});

/** What package registries answer, or do not. */
export const registries = [integrity, denied, unreachable, notFound];

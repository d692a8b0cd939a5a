import { command, inTurn } from '../../../../src/evidence/commands/shell.ts';
import { imageOf } from '../../commands/images.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { dockerfileAt, markedLine, stepFailed, stepOf } from './docker-step.ts';
import { lineKind } from './line-kind.ts';

const copySourceMissing = lineKind({
  kind: 'docker-copy-source-missing',
  title: 'A file that the Dockerfile copies is not there',
  about: 'COPY or ADD names a path outside the build context, one that .dockerignore hides, or one not made before.',
  remedy: 'Correct the path, the context or .dockerignore; or make the file before the image.',
  patterns: [
    /failed to (?:compute cache key|calculate checksum of ref).*?"([^"]+)": not found/,
    /(?:COPY|ADD) failed: (?:file not found in build context or excluded by \.dockerignore: stat |stat \S*?\/)([^:\s]+): (?:file does not exist|no such file or directory)/,
    /(?:COPY|ADD) failed: no source files were specified()/,
    /checking on sources under "[^"]*": copier: stat: "([^"]+)": no such file or directory/,
    /copier: stat: "([^"]+)": no such file/,
    /error building image: .*(?:copying|resolving|lstat|stat) .*?([^\s:]+): no such file or directory/,
  ],
  confidence: 0.96,
  says: (hit) =>
    `The image is not built: ${quoted(group(hit.match) || 'the source of a COPY')} is not in the build context`,
  object: dockerfileAt,
  also: (hit) => [markedLine(hit) ?? stepOf(hit)?.line],
  remedies: () => [
    look('See what the context holds and .dockerignore hides'),
    change('Correct the path in the Dockerfile, or build the file before the image'),
  ],
});

/** The image that a registry does not have, as one writes it after FROM. */
function absentImage(match: RegExpExecArray | undefined): string {
  const { host, repository, tag = '' } = match?.groups ?? {};
  return host === undefined ? group(match) : `${host}/${repository}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
}

const baseImageMissing = lineKind({
  kind: 'docker-base-image-missing',
  title: 'The base image does not exist',
  about: 'The registry has no such repository or tag.',
  remedy: 'Correct the image after FROM, or push it.',
  patterns: [
    /failed to resolve source metadata for ([^\s:]+(?::\d+\/[^\s:]+)?(?::[^\s:]+)?): .*not found/,
    /^ERROR: ([\w./-]+(?::\d+\/[\w./-]+)?:[\w.-]+): not found$/,
    /manifest for (\S+) not found: manifest unknown/,
    /(?:GET|HEAD) https?:\/\/(?<host>[^\s/]+)\/v2\/(?<repository>\S+?)\/manifests\/(?<tag>\S+?): (?:MANIFEST|NAME)_UNKNOWN/,
    /reading manifest (?<tag>\S+) in (?<host>[\w.-]+(?::\d+)?)\/(?<repository>[\w./-]+):/,
    /manifest unknown:? ?([\w./:@-]*)/,
    /pull access denied for (\S+), repository does not exist/,
    /Error response from daemon: manifest for (\S+) not found/,
  ],
  except: /no match for platform|Back-off|Failed to pull|unauthorized|authentication required/,
  confidence: 0.95,
  says: ({ match }) =>
    `The image is not built: the registry has no image ${quoted(absentImage(match) || 'of that tag')}`,
  object: dockerfileAt,
  also: (hit) => [markedLine(hit)],
  remedies: ({ match }) => [
    look('Ask the registry', command('docker', 'manifest', 'inspect', imageOf(absentImage(match)))),
    change('Correct the image after FROM, or push it first'),
  ],
});

const platformMissing = lineKind({
  kind: 'docker-platform-missing',
  pipelineOnly: true,
  title: 'The base image is not made for this platform',
  about: 'The tag exists, but not for the architecture that is built; or a program of another architecture was run.',
  remedy: 'Build for a platform that the base has, or take another base.',
  patterns: [
    /no match for platform in manifest(?: \S+)?: not found/,
    /no matching manifest for (\S+) in the manifest list entries/,
    /image with reference \S+ was found but (?:its platform \(([^)]+)\) )?does not (?:match|provide) the (?:specified )?platform/,
    /exec (\/\S+): exec format error/,
    /does not match the (?:detected|specified) platform[^(]*\(([^)]+)\)/,
  ],
  confidence: 0.95,
  says: (hit) => {
    // A build for several platforms names each in the heads of its steps.
    const number = /^#(\d+) /.exec(hit.line.text)?.[1];
    const platform = hit.near(new RegExp(`^#${number} \\[((?:linux|windows)/\\S+) `), -200)?.match[1];
    return `The image is not built: the base image and the platform${platform === undefined ? '' : ` ${platform}`} do not fit (${quoted(hit.line.inner, 180)})`;
  },
  object: dockerfileAt,
  also: (hit) => [markedLine(hit)],
  remedies: () => [
    look('See the platforms of the base', command('docker', 'buildx', 'imagetools', 'inspect', 'IMAGE')),
    change('Set --platform to one that the base has, set up emulation, or take another base'),
  ],
});

/** The registry's own words, where the line is long: behind the verb, the address and what the tool advises. */
function refusal(line: string, matched: string): string {
  if (line.length <= 160) return line;
  return /\b(?:DENIED|UNAUTHORIZED|denied|unauthorized): .+/.exec(line)?.[0] ?? matched;
}

const registryDenied = lineKind({
  kind: 'docker-registry-denied',
  title: 'The image registry refuses the build',
  about: 'Login, pull or push is refused: no credentials, expired ones, or no right to this repository.',
  remedy: 'Log in before the step, with an account that may do it.',
  patterns: [
    /denied: requested access to the resource is denied/,
    /^(?:ERROR: )?(?:error|Error)?:? ?denied: .+/,
    /error checking push permissions\b.+/,
    /\bDENIED: .+/,
    /unauthorized: (?:authentication required|incorrect username or password|access token has insufficient scopes|.+)/,
    /failed to (?:authorize|fetch (?:anonymous|oauth) token).*(?:401|403)/,
    /pull access denied for \S+|insufficient_scope: authorization failed/,
    /no basic auth credentials/,
    /Error response from daemon: Get "?https?:\/\/[^"]+"?: (?:unauthorized|denied)/,
    /unexpected status from (?:HEAD|PUT|POST|GET) request to \S+: 40[13]\b/,
    /Your authorization token has expired\. Reauthenticate/,
  ],
  except: /repository does not exist|installation not allowed|permission_denied|E40[13]|admission|Failed to pull image/,
  holds: (hit) =>
    hit.output.lines.some(({ text }) =>
      /docker|buildx|buildkit|buildah|kaniko|podman|skopeo|repository \[|^#\d+ |Step \d+\/|registry|\/v2\/\S+\/(?:blobs|manifests)\/|^Copying blob /i.test(
        text,
      ),
    ),
  confidence: 0.94,
  says: (hit) => {
    const where = hit.near(/repository \[([^\]]+)\]|failed to (?:push|resolve source metadata for) (\S+?):/, -30);
    return `The registry refuses access${where === undefined ? '' : ` to \`${group(where.match)}\``} (${quoted(refusal(hit.line.inner, hit.match[0]), 160)})`;
  },
  also: (hit) => [hit.near(/repository \[|pushing|failed to push/, -30)?.line],
  remedies: () => [
    look('See which account the job logs in with, and what it may do'),
    change('Log in before the step, or give the account the right to push or pull', 'medium'),
  ],
});

const rateLimited = lineKind({
  kind: 'docker-rate-limited',
  title: 'The registry limits pulls',
  about: 'Too many pulls from this address or account.',
  remedy: 'Pull with an account, or through a mirror.',
  patterns: [/toomanyrequests|TOOMANYREQUESTS|pull rate limit|429 Too Many Requests.*(?:registry|docker|manifests)/],
  confidence: 0.96,
  says: () => 'The image is not built: the registry limits how often this account or address may pull',
  remedies: () => [
    change('Log in before the build, or pull through a mirror of your own'),
    look('Wait, and run the job again'),
  ],
});

const dockerfileInvalid = lineKind({
  kind: 'dockerfile-invalid',
  title: 'The Dockerfile cannot be read',
  about: 'An unknown instruction, a wrong flag, a stage that does not exist, no FROM, or no such file.',
  remedy: 'Correct the line that the message names.',
  patterns: [
    /dockerfile parse error (?:on )?line \d+: (.+)/i,
    /Dockerfile parse error line \d+: (.+)/i,
    /failed to (?:parse|read) (?:stage name|dockerfile)[^:]*: (.+)/i,
    /(target stage \S+ could not be found)/,
    /unable to prepare context: (.+)/,
    /(failed to read dockerfile: .+)/,
    /(invalid from flag value \S+: .+)/,
    /(the Dockerfile \([^)]+\) cannot be empty)/,
    /\bError: (no FROM statement found|file with no instructions)$/i,
    /(circular dependency detected on stage: \S+)/,
    // buildah tells it at the step.
    /(?:^|: )(Build error: Unknown instruction: "[^"]*")/,
  ],
  except: /should not be blank|InvalidDefaultArg/,
  confidence: 0.96,
  says: ({ match }) => `The Dockerfile cannot be used: ${quoted(match[1])}`,
  object: dockerfileAt,
  also: (hit) => [markedLine(hit)],
  remedies: () => [
    look('Check it without building', command('docker', 'build', '--check', '.')),
    change('Correct the line that the message names'),
  ],
});

const buildArgMissing = lineKind({
  kind: 'docker-build-arg-missing',
  title: 'A build argument is not given',
  about: 'FROM uses an argument that has no value: it is not passed, or declared after its use.',
  remedy: 'Pass it with --build-arg, or give ARG a default before FROM.',
  patterns: [
    /base name \((.+?)\) should not be blank/,
    /invalid reference format.*\$\{?(\w+)/,
    /failed to parse stage name "([^"]*\$[^"]*|:?[^"]*:)": invalid reference format/,
    /[Bb]uild[- ]arg(?:ument)? [`'"]?(\w+)[`'"]? (?:is )?(?:missing|required|not set)/,
    /\/bin\/sh: (?:\d+: )?(\w+): (?:parameter not set|.*must be (?:set|given).*build-arg.*)/,
  ],
  confidence: 0.95,
  says: ({ match }) => `The image is not built: the build argument ${quoted(match[1])} has no value`,
  object: dockerfileAt,
  also: (hit) => [markedLine(hit)],
  remedies: ({ match }) => [
    change(`Pass --build-arg ${(match[1] ?? '').replace(/[^\w]/g, '') || 'NAME'}=…, or give ARG a default before FROM`),
  ],
});

const daemonUnreachable = lineKind({
  kind: 'docker-daemon-unreachable',
  title: 'The container engine of the runner does not answer',
  about:
    'The docker client finds no daemon: the service is not started, its socket not mounted, or its certificate missing.',
  remedy: 'Start the engine or its service container, or use a builder without a daemon.',
  patterns: [
    /Cannot connect to the Docker daemon at (\S+?)\.? Is the docker daemon running/,
    /error during connect: .*(docker|2375|2376)/,
    /failed to (?:connect to|list workers from) .*(buildkitd\S*|docker\S*\.sock)/,
    /permission denied while trying to connect to the Docker daemon socket at (\S+?):?\s/,
    /Could not find a valid Docker environment/,
  ],
  confidence: 0.95,
  says: ({ match }) =>
    `The docker client reaches no daemon${match[1] === undefined ? ` (${quoted(match[0])})` : ` at ${quoted(match[1])}`}`,
  remedies: () => [
    look('See whether the runner has an engine', command('docker', 'info')),
    change('Start the engine or add its service to the job (docker:dind), or use a rootless builder', 'medium'),
  ],
});

const diskFull = lineKind({
  kind: 'build-disk-full',
  pipelineOnly: true,
  title: 'The disk of the builder is full',
  about: 'A build tool cannot write: no space, or no inodes, on the runner or in the image store.',
  remedy: 'Clean caches and old images, or give the builder more disk.',
  patterns: [/no space left on device/i, /\bENOSPC\b/, /disk quota exceeded/i, /You are running out of disk space/],
  confidence: 0.96,
  says: (hit) =>
    `The builder has no disk space left (${quoted(hit.line.inner.length > 160 ? (/[^:(]*: no space left.*$/i.exec(hit.line.inner)?.[0] ?? hit.match[0]) : hit.line.inner, 160)})`,
  also: (hit) => [stepOf(hit)?.line],
  remedies: () => [
    look(
      'See what fills it',
      inTurn(command('df', '-h'), command('docker', 'system', 'df'), command('du', '-sh', '/nix/store')),
    ),
    change('Remove caches and unused images or store paths', 'medium'),
    change('Give the builder a larger disk', 'low'),
  ],
});

export const docker = [
  copySourceMissing,
  buildArgMissing,
  dockerfileInvalid,
  platformMissing,
  baseImageMissing,
  rateLimited,
  registryDenied,
  daemonUnreachable,
  diskFull,
  stepFailed,
];

import { sameObject } from '../../../../src/evidence/model.ts';
import { type Analyzer, change } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { type LogKind, logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';
import { mountedFile } from './mounted-config.ts';
import { refusedSettings } from './refused-settings.ts';

/** What parsers say of any text that they are given: of a configuration as of an answer. */
const OF_ANY_TEXT = /^(?:json: cannot unmarshal|JSONDecodeError)/;
const OF_SETTINGS =
  /config|setting|option|flag|environment|\benv\b|\.(?:json|ya?ml|toml|conf|ini)\b|start(?:ing|up)|values?\b/i;

/** Whether a program that is up tells of a text that does not parse and is none of its settings: data, or an answer that it was given. */
const isData = ({ pod, match, line }: LogHit): boolean =>
  pod?.ready === true && OF_ANY_TEXT.test(match[0]) && !OF_SETTINGS.test(line.text);

const WORDS = {
  kind: 'bad-configuration',
  title: 'The configuration is invalid',
  about:
    'The program refuses its configuration: a file that does not parse, an unknown or invalid value, a missing file or flag.',
  remedy: 'Correct the ConfigMap, file or flag that the log names; roll it back if it changed with this deploy.',
  pattern: anyOf(
    /npm (?:error|ERR!) Missing script: .*|ERR_PNPM_NO_SCRIPT.*|(?:invalid|bad|malformed|unknown|unsupported|unrecogni[sz]ed) (?:config(?:uration)?|value|setting|option|directive|argument|flag|log level)\b[^\n]{0,100}|(?:fail(?:ed)?|error|unable|could not|cannot)\b[^\n]{0,30}?(?:load|parse|pars|read|validat|open|unmarshal|initiali[sz])\w*[^\n]{0,30}?(?:config\w*|settings?|\.ya?ml|\.json|\.toml|\.conf|\.properties|\.ini)|config(?:uration)?\b[^\n]{0,30}?(?:is |file )?(?:invalid|not found|missing|error)|unknown variable '|(?:required|mandatory) (?:key|setting|field|option|property|parameter)\b[^\n]{0,60}?(?:not found|missing|not set|is empty)|nginx: \[emerg\]|yaml: (?:line \d+|unmarshal)|json: cannot unmarshal|toml: |JSONDecodeError|flag provided but not defined|unknown flag|unrecognized arguments|InvalidConfig\w*|ConfigurationError|ConfigException|(?:NumberFormatException|invalid (?:literal|port|integer|number)|(?:not|be) an? (?:valid )?(?:integer|number|port)|pars(?:e|ing)|convert)[^\n]{0,80}tcp:\/\/[\d.]+:\d+|Syntax error on line \d+ of \S+|Failed to configure a DataSource|Failed to bind properties under '[\w.-]+'|ImproperlyConfigured|The configuration file '[^']+' was not found|connection string[^\n]{0,40} was not found in the application's configuration|there is no setting with that name|Failed to merge config|SAXParseException|bootstrap checks? failed|\.(?:conf|cfg):\d+(?::\d+)?: unknown (?:field|keyword|directive)|\.(?:conf|cfg|cnf):\d+ unrecogni[sz]ed|Found option without preceding group in config file|No enum constant [\w.$]+|unknown command "[^"]+" for "|(?:Found|unexpected) argument '[^']+' (?:which wasn't expected|found)|the following arguments are required|strconv\.\w+: parsing "[^"]*": invalid syntax|ValidationError[^\n]{0,60}Settings|no such file or directory[^\n]*\.(?:ya?ml|json|conf|toml)|[\w/.-]+\.(?:ya?ml|json|conf|toml): no such file/i,
    // Options on the command line, and those of the JVM
    /unknown (?:long|short(?:hand)?|command[- ]line) flag|No such option|unrecognized option|Unrecognized VM option|Could not create the Java Virtual Machine|Invalid (?:maximum|initial) heap size/,
    // Files that are missing, or that hold something else than they should
    /\.(?:ini|properties|xml|crt|pem|key|jks|p12|pfx)['" ]*[:(]+ ?no such file|no such file or directory[^\n]{0,20}['" ][\w/.-]+\.(?:ini|properties|xml|crt|pem|key|jks|p12|pfx)\b|\.ya?ml \(no such file|could not load (?:server|root|client) certificate file|private key does not match public key|key values mismatch|failed to find any PEM data|keystore was tampered with|(?:scanner\.Scanner|parser\.Parser)Exception: while|Psych::SyntaxError|\.ya?ml\W{0,3}: (?:did not find expected|could not find expected|mapping values are not allowed|block sequence entries are not allowed|found (?:character that cannot start|undefined tag|unexpected))/,
    // Values that do not parse: addresses, durations, names of drivers
    /invalid URL escape|TypeError: Invalid URL|invalid port "|invalid DSN\b|Could not parse SQLAlchemy URL|Invalid (?:URL )?scheme|invalid DB index|DB index is out of range|Format of the initialization string|Keyword not supported: '|time: (?:invalid duration|unknown unit|missing unit)|(?:unknown|unsupported) (?:driver|database type|dialect)\b|"\w+" must be an? (?:number|integer|boolean|valid \w+)|Error binding property|failed to convert java\.lang\.String to/,
    // serde, the reader of most programs in Rust, and those of TOML
    /\b(?:invalid (?:type|value|length)|(?:unknown|missing|duplicate) field|unknown variant)\b[^\n]{1,160}(?:\bfor key [`"']|\bin [\w./-]+\.(?:ya?ml|toml|json5?|ini|ron|conf)\b)|missing configuration field "|\b(?:TOML|YAML|INI|HCL) pars(?:e|ing) error\b/,
    // A word that is none of those that the program names after it
    /\b(?:unknown|invalid|unsupported|illegal)\b[^\n(]{1,80}\((?:allowed|expected|valid|supported|must be|one of|choose from|choices|known|possible|available)\b[^\n)]{1,200}\)?/i,
    /Error preparing configuration in phase|\{error,failed_to_(?:prepare|read|load)_(?:advanced_)?config(?:uration)?|PluginLoadingError|field not found, node: |[Ii]nvalid command[- ]line (?:arguments?|options?|flags?)|validate credentials inherited from|length should be at least \d+|directive is not allowed here|Missing required configuration/,
  ),
  // Words of other kinds; in a path or a name they are what somebody called it.
  except:
    /host not found|(?<![.\w])connect(?:ed|ing|ion)?\b(?! string)|refused|no such host|(?<![\w./-])certificate(?![\w-]*[./]| (?:file|key|input|routines)|s? ")|(?<![\w./-])migrat(?![\w-]*[./])|resolvable bootstrap|DNS query|Error loading (?:psycopg|MySQLdb)|Set the \w+ environment variable|\b(?:it |and )will be ignored\b/i,
  confidence: 0.86,
  holds: (hit) => !isData(hit),
  says: (hit, view) => {
    const line = mountedFile(view, hit)?.line;
    return `it refuses its configuration (\`${hit.told()}\`)${line === undefined ? '' : `; line ${line.number} of its file is \`${line.text}\``}`;
  },
  object: (hit, view) => {
    const file = mountedFile(view, hit);
    return file === undefined ? undefined : { ...file.map.ref, path: `data.${file.key}` };
  },
  remedies: () => [change('Correct the setting that the log names, or restore the configuration before')],
} satisfies LogKind;

const refused = logAnalyzer(WORDS);

/**
 * An error that tells the place in a configuration file, in whatever language: `/etc/app/tenants.yaml, Zeile 14`, `rules.toml (ligne 3)`;
 * or that says of something that it is not configured.
 */
const placed = logAnalyzer({
  ...WORDS,
  pattern: anyOf(
    // With line and column; a program's own source is no configuration.
    /(?:^|[\s"'`=(])(?:\/etc\/[\w./-]+|[\w./-]+\.(?:ya?ml|toml|ini|conf|cfg|properties|hcl|alloy|river|rules)):\d+(?::\d+)?(?=[:\s])/,
    /(?:^|[\s"'`«:=])[\w./-]+\.(?:ya?ml|toml|ini|conf|cfg|properties)["'`»]?(?:,| ?\() ?[^\s\d,.()]{1,12}\.? \d+(?=[:;,)\]]|$)/,
    /\b(?:is|are) not configured\b(?![^\n]*(?:skip|disabl|default|ignor|will not|won.t))|not provided to set ?up|configured but no \w+ setting provided/,
  ),
  errorsOnly: true,
});

export const badConfiguration: Analyzer = {
  ...refused,
  find: (view) => {
    const found = refusedSettings(view);
    for (const other of [...refused.find(view), ...placed.find(view)])
      if (!found.some(({ object }) => sameObject(object, other.object))) found.push(other);
    return found;
  },
};

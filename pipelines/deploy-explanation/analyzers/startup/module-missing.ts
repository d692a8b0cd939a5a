import { rollout } from '../../../../src/evidence/commands/kubectl.ts';
import { change } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const moduleMissing = logAnalyzer({
  kind: 'module-missing',
  title: 'A library is missing in the image',
  about: 'The interpreter or loader does not find a module, class or shared library.',
  remedy: 'Build the image with the dependency; roll back meanwhile.',
  pattern: anyOf(
    /ModuleNotFoundError: No module named '?([\w.]+)|ImportError: |Cannot find module '([^']+)'|ERR_MODULE_NOT_FOUND|ClassNotFoundException:? ?([\w.$]+)?|NoClassDefFoundError|error while loading shared libraries: (\S+?):|([\w.+-]+\.so[\d.]*): cannot open shared object file|LoadError: cannot load such file|Could not find or load main class (\S+)|could not find driver|Call to undefined function \w+\(|Class ["']([\w\\]+)["'] not found|Can't locate ([\w/]+\.pm) in @INC|Could not load file or assembly '([^',]+)|Unable to load (?:shared library|DLL) '([^']+)'|You must install or update \.NET to run|Framework: '([\w.]+)', version '[\w.]+'|possible to find any compatible framework version|Bundler::GemNotFound|Error loading shared library ([^\s:]+)|Error relocating \S+: \S+: symbol not found|Failed opening required '([^']+)'|cannot load such file -- (\S+)|python[\d.]*: No module named '?([\w.]+)|Unable to access jarfile (\S+)|\(module ([\w.]+) is not available\)|UnsatisfiedLinkError|GLIBC_[\d.]+' not found/,
    // Loaders of the system and of the JVM
    /GLIBCXX_[\d.]+' not found|dlopen failed: library "([^"]+)" not found|Cannot load driver class: (\S+)|No suitable driver found for|no main manifest attribute, in (\S+)/,
    // PHP, Ruby, Node, .NET
    /Unable to load dynamic library '([^']+)'|Composer detected issues in your platform|require(?:_once)?\([^)]+\): [Ff]ailed to open stream|Could not find gem '([^']+)'|Could not find (\S+?),?(?: [^\n]*)? in (?:any of the sources|locally installed gems)|bundler: command not found: (\S+)|Cannot find package '([^']+)'|framework '([^']+)', version '[^']+'[^\n]* was not found|application to execute does not exist: '([^']+)'|could not locate the Query Engine/,
    // Python's servers and frameworks, Lua
    /Error loading (?:psycopg2?|MySQLdb)\b|Could not import module "([\w.]+)"|Could not import '([\w.]+)'|The module '?([\w.]+)'? was not found|Failed to find attribute '\w+' in|module '([\w.]+)' not found:/,
  ),
  confidence: 0.92,
  says: ({ match }) => `the image lacks something it loads (\`${match.slice(1).find((part) => part) ?? match[0]}\`)`,
  remedies: (_hit, subject) => [
    change('Roll back to the image before, and build it with the dependency', 'low', rollout('undo', subject)),
  ],
});

import { rollout } from '../../../../src/evidence/commands/kubectl.ts';
import { change } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const syntaxError = logAnalyzer({
  kind: 'syntax-error',
  title: 'The program does not parse',
  about: 'Interpreter or shell says that the code itself has a syntax error.',
  remedy: 'Roll back to the image before; fix the code.',
  pattern:
    /\b(?:SyntaxError|IndentationError|ParseError|TabError)\b|syntax error near unexpected|: syntax error:|PHP Parse error|unexpected token/i,
  except: /JSON|yaml|toml|config|nginx/i,
  confidence: 0.91,
  says: (hit) => `its code has a syntax error (\`${hit.told()}\`)`,
  remedies: (_hit, subject) => [change('Roll back to the image before', 'low', rollout('undo', subject))],
});

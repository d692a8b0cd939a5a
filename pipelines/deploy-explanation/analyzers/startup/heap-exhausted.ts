import { change } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const heapExhausted = logAnalyzer({
  kind: 'heap-exhausted',
  title: "The runtime's own heap is exhausted",
  about: 'Java, Node or another runtime ran out of the heap it allows itself (not killed by the kernel).',
  remedy: 'Raise heap and memory limit together, or find the leak.',
  pattern: anyOf(
    /java\.lang\.OutOfMemoryError|JavaScript heap out of memory|fatal error: runtime: out of memory|MemoryError\b|Allowed memory size of \d+ bytes exhausted|Cannot allocate memory/,
    /CUDA out of memory|runtime: (?:out of memory|cannot allocate)|std::bad_alloc|System\.OutOfMemoryException|memory allocation of \d+ bytes failed|Cannot allocate \d+ bytes of memory|os::commit_memory\(|Could not reserve enough space for|OutOfDirectMemoryError|NoMemoryError|Unable to allocate [\d.]+ [KMGT]iB/,
  ),
  except: /command not allowed|native thread/,
  confidence: 0.91,
  stage: 'running',
  says: ({ match }) => `its runtime has no memory left (\`${match[0]}\`)`,
  remedies: () => [change('Raise the heap size and the memory limit together', 'medium')],
});

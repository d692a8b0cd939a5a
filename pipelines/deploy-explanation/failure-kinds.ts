import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyzers } from './analyzers/index.ts';
import { Stage } from './schema.ts';

const HEAD = `# Failure kinds

What \`opsline explain\` can name as a cause, by stage. This page is generated from the analyzers
(\`node pipelines/deploy-explanation/failure-kinds.ts\`); a test fails when it is stale.

Of two findings that touch the same objects, the one with the smaller *depth* is the cause and the other its symptom.
Kinds are stable. Some have *aspects*, finer slugs within the kind (\`rootCause.aspect\`).
`;

const TITLES: Readonly<Record<Stage, string>> = {
  build: 'Build',
  infrastructure: 'Infrastructure',
  admission: 'Admission: the API server refuses it',
  sync: 'Sync: Argo CD or kubectl cannot apply it',
  scheduling: 'Scheduling: no node takes the pod',
  startup: 'Startup: the container does not come up',
  running: 'Running: it came up and does not stay well',
  network: 'Network: it runs and cannot be reached',
  delivery: 'Progressive delivery',
  custom: 'Custom resources and alerts',
  none: 'No failure',
};

function aspectsOf(aspects: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(aspects).map(([aspect, meaning]) => `- \`${aspect}\`: ${meaning}`);
  return lines.length === 0 ? '' : `Aspects:\n\n${lines.join('\n')}\n\n`;
}

/** The page that `docs/failure-kinds.md` must equal. */
export function failureKindsPage(): string {
  const parts = Stage.options.flatMap((stage) => {
    const own = analyzers.filter((analyzer) => analyzer.stage === stage);
    if (own.length === 0) return [];
    const kinds = own.map(
      ({ kind, title, about, remedy, aspects, depth }) =>
        `### \`${kind}\`\n\n**${title}.** ${about}\n\n${aspectsOf(aspects)}*What to do:* ${remedy} *Depth:* ${depth}.\n`,
    );
    return [`## ${TITLES[stage]}\n`, ...kinds];
  });
  return `${[HEAD, ...parts].join('\n')}`;
}

if (import.meta.main) await writeFile(join(import.meta.dirname, '../../docs/failure-kinds.md'), failureKindsPage());

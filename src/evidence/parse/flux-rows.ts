import type { Row } from './table.ts';

const COLUMNS = /^(?:NAMESPACE\s+)?NAME\s+REVISION\s+SUSPENDED\s+READY\s+MESSAGE\s*$/;

/**
 * What Flux' controllers write where a resource of one kind alone is ready or not (the messages of kustomize-controller, helm-controller
 * and source-controller).
 */
const SAYS: readonly (readonly [string, RegExp])[] = [
  [
    'Kustomization',
    /^Applied revision: |^kustomize build failed|kustomization path not found|^post build failed|[Hh]ealth check failed after|^(?:Source artifact|.{0,80}dry-run) /,
  ],
  ['HelmRelease', /^Helm (?:install|upgrade|rollback|test|uninstall|uninstallation) |^Release reconciliation /],
  ['OCIRepository', /^stored artifact for digest |^failed to pull artifact from 'oci:/],
  ['GitRepository', /^stored artifact for revision |^failed to checkout and determine revision/],
  ['HelmChart', /^(?:pulled|packaged) '[^']+' chart /],
];

/**
 * The kind that a table of `flux get` shows where the command is not known: its columns are the same for all kinds, and a table is of one
 * kind. Undefined where its messages tell of none or of two.
 */
export function kindOfFluxTable(header: string, rows: readonly Row[]): string | undefined {
  if (!COLUMNS.test(header)) return undefined;
  const told = new Set(
    rows.flatMap(({ cells }) => SAYS.filter(([, says]) => says.test(cells.MESSAGE ?? '')).map(([kind]) => kind)),
  );
  const [only, ...others] = told;
  return others.length === 0 ? only : undefined;
}

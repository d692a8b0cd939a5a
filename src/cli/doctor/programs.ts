import { PROGRAMS, type ProgramName, programPin } from '../../programs/catalog.ts';
import { findProgram } from '../../programs/find.ts';
import type { Finding } from './check.ts';

/** What a program is for; those without a pipeline that needs them today are optional. */
const USES: Readonly<Record<ProgramName, { readonly use: string; readonly needed: boolean }>> = {
  gator: { use: 'Gatekeeper policies in policy-fix', needed: true },
  kyverno: {
    use: 'Kyverno policies, ValidatingAdmissionPolicies and Pod Security Standards in policy-fix',
    needed: true,
  },
  opa: { use: 'checking Rego', needed: false },
  kubeconform: { use: 'checking manifests against schemas', needed: false },
};

/** Looks for every outside program. */
export function checkPrograms(): Promise<Finding[]> {
  return Promise.all(
    PROGRAMS.map(async (name): Promise<Finding> => {
      const { use, needed } = USES[name];
      const mend = `opsline doctor --build ${name}`;
      try {
        const path = await findProgram(name);
        if (path !== undefined) return { name, state: 'ok', detail: path };
      } catch (error) {
        return {
          name,
          state: 'missing',
          detail: (error as Error).message,
          mend: `unset OPSLINE_${name.toUpperCase()}`,
        };
      }
      const { version } = await programPin(name);
      const detail = `not found; needed for ${use} (${version} would be built, some minutes)`;
      return { name, state: needed ? 'missing' : 'optional', detail, mend };
    }),
  );
}

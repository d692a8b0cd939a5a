import { missingReference } from './missing-reference.ts';

export const configMapMissing = missingReference('ConfigMap', 'configmap-missing');

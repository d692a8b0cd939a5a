import { missingReference } from './missing-reference.ts';

export const secretMissing = missingReference('Secret', 'secret-missing');

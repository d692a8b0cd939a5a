import { walk } from './walk.ts';

// In two files, which run side by side.
walk('kyverno', /^[a-n]/);

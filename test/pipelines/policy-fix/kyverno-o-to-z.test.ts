import { walk } from './walk.ts';

walk('kyverno', /^[^a-n]/);

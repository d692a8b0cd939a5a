import { walk } from './walk.ts';

walk('pss');

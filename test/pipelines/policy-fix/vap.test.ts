import { walk } from './walk.ts';

walk('vap');

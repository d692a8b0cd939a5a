import { walk } from './walk.ts';

walk('gatekeeper');

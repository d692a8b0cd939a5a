import { probabilityOf } from '../../src/evaluation/isotonic.ts';
import { CURVES } from './calibration-curves.ts';

/**
 * How often a cause that the rules state with this confidence is the right one, by what was counted on cases that they had not
 * seen: as the root, or as a hypothesis beside it. Keeps the order; in hundredths.
 */
export function calibrated(place: keyof typeof CURVES, confidence: number): number {
  return Math.round(probabilityOf(CURVES[place], confidence) * 100) / 100;
}

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.546, probability: 0.123 },
    { score: 0.729, probability: 0.566 },
    { score: 0.823, probability: 0.823 },
    { score: 0.909, probability: 0.867 },
    { score: 0.966, probability: 0.907 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.543, probability: 0.013 },
    { score: 0.62, probability: 0.03 },
    { score: 0.75, probability: 0.074 },
    { score: 0.893, probability: 0.173 },
  ],
} as const;

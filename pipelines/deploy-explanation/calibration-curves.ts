/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.538, probability: 0.101 },
    { score: 0.729, probability: 0.534 },
    { score: 0.823, probability: 0.798 },
    { score: 0.909, probability: 0.849 },
    { score: 0.966, probability: 0.912 },
  ],
  hypothesis: [
    { score: 0.481, probability: 0.004 },
    { score: 0.542, probability: 0.01 },
    { score: 0.621, probability: 0.029 },
    { score: 0.748, probability: 0.076 },
    { score: 0.892, probability: 0.145 },
  ],
} as const;

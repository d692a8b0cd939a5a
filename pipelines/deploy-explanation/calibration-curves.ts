/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.533, probability: 0.19 },
    { score: 0.689, probability: 0.543 },
    { score: 0.761, probability: 0.548 },
    { score: 0.813, probability: 0.788 },
    { score: 0.916, probability: 0.828 },
    { score: 0.96, probability: 0.885 },
    { score: 0.973, probability: 0.92 },
  ],
  hypothesis: [
    { score: 0.463, probability: 0.014 },
    { score: 0.549, probability: 0.02 },
    { score: 0.632, probability: 0.054 },
    { score: 0.745, probability: 0.081 },
    { score: 0.892, probability: 0.221 },
  ],
} as const;

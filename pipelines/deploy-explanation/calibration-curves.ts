/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.565, probability: 0.197 },
    { score: 0.728, probability: 0.574 },
    { score: 0.823, probability: 0.814 },
    { score: 0.912, probability: 0.855 },
    { score: 0.96, probability: 0.9 },
    { score: 0.973, probability: 0.912 },
  ],
  hypothesis: [
    { score: 0.477, probability: 0.006 },
    { score: 0.546, probability: 0.016 },
    { score: 0.632, probability: 0.051 },
    { score: 0.749, probability: 0.064 },
    { score: 0.888, probability: 0.197 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.565, probability: 0.197 },
    { score: 0.729, probability: 0.559 },
    { score: 0.823, probability: 0.808 },
    { score: 0.916, probability: 0.839 },
    { score: 0.96, probability: 0.904 },
    { score: 0.973, probability: 0.917 },
  ],
  hypothesis: [
    { score: 0.477, probability: 0.006 },
    { score: 0.546, probability: 0.016 },
    { score: 0.632, probability: 0.051 },
    { score: 0.749, probability: 0.064 },
    { score: 0.888, probability: 0.197 },
  ],
} as const;

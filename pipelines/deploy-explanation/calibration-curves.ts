/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.567, probability: 0.203 },
    { score: 0.729, probability: 0.543 },
    { score: 0.824, probability: 0.805 },
    { score: 0.916, probability: 0.837 },
    { score: 0.96, probability: 0.902 },
    { score: 0.973, probability: 0.913 },
  ],
  hypothesis: [
    { score: 0.478, probability: 0.006 },
    { score: 0.547, probability: 0.016 },
    { score: 0.632, probability: 0.051 },
    { score: 0.749, probability: 0.064 },
    { score: 0.882, probability: 0.199 },
    { score: 0.964, probability: 0.2 },
  ],
} as const;

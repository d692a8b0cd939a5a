/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.536, probability: 0.106 },
    { score: 0.73, probability: 0.539 },
    { score: 0.82, probability: 0.821 },
    { score: 0.909, probability: 0.842 },
    { score: 0.96, probability: 0.917 },
    { score: 0.972, probability: 0.927 },
  ],
  hypothesis: [
    { score: 0.483, probability: 0.004 },
    { score: 0.542, probability: 0.011 },
    { score: 0.629, probability: 0.041 },
    { score: 0.749, probability: 0.068 },
    { score: 0.893, probability: 0.148 },
  ],
} as const;

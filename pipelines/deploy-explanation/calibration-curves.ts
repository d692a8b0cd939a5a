/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.531, probability: 0.103 },
    { score: 0.629, probability: 0.294 },
    { score: 0.738, probability: 0.539 },
    { score: 0.823, probability: 0.822 },
    { score: 0.909, probability: 0.852 },
    { score: 0.966, probability: 0.914 },
  ],
  hypothesis: [
    { score: 0.483, probability: 0.004 },
    { score: 0.542, probability: 0.011 },
    { score: 0.621, probability: 0.029 },
    { score: 0.749, probability: 0.067 },
    { score: 0.893, probability: 0.146 },
  ],
} as const;

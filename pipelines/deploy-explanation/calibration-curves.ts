/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.532, probability: 0.104 },
    { score: 0.62, probability: 0.115 },
    { score: 0.729, probability: 0.525 },
    { score: 0.824, probability: 0.783 },
    { score: 0.91, probability: 0.851 },
    { score: 0.966, probability: 0.908 },
  ],
  hypothesis: [
    { score: 0.481, probability: 0.004 },
    { score: 0.541, probability: 0.01 },
    { score: 0.609, probability: 0.037 },
    { score: 0.64, probability: 0.038 },
    { score: 0.749, probability: 0.072 },
    { score: 0.887, probability: 0.155 },
    { score: 0.965, probability: 0.159 },
  ],
} as const;

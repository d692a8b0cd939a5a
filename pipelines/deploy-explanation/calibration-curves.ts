/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.532, probability: 0.174 },
    { score: 0.689, probability: 0.563 },
    { score: 0.759, probability: 0.565 },
    { score: 0.812, probability: 0.79 },
    { score: 0.884, probability: 0.843 },
    { score: 0.926, probability: 0.851 },
    { score: 0.946, probability: 0.857 },
    { score: 0.96, probability: 0.905 },
    { score: 0.972, probability: 0.946 },
  ],
  hypothesis: [
    { score: 0.485, probability: 0.01 },
    { score: 0.579, probability: 0.077 },
    { score: 0.753, probability: 0.156 },
    { score: 0.897, probability: 0.213 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.563, probability: 0.19 },
    { score: 0.728, probability: 0.594 },
    { score: 0.822, probability: 0.821 },
    { score: 0.908, probability: 0.867 },
    { score: 0.96, probability: 0.895 },
    { score: 0.973, probability: 0.904 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.544, probability: 0.014 },
    { score: 0.632, probability: 0.05 },
    { score: 0.749, probability: 0.071 },
    { score: 0.89, probability: 0.197 },
  ],
} as const;

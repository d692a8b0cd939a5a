/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.546, probability: 0.22 },
    { score: 0.732, probability: 0.458 },
    { score: 0.867, probability: 0.834 },
    { score: 0.926, probability: 0.841 },
    { score: 0.94, probability: 0.901 },
    { score: 0.955, probability: 0.915 },
    { score: 0.973, probability: 0.944 },
  ],
  hypothesis: [
    { score: 0.466, probability: 0.037 },
    { score: 0.607, probability: 0.136 },
    { score: 0.772, probability: 0.174 },
    { score: 0.894, probability: 0.256 },
  ],
} as const;

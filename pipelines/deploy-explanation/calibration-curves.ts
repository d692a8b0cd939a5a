/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.534, probability: 0.224 },
    { score: 0.687, probability: 0.571 },
    { score: 0.758, probability: 0.596 },
    { score: 0.799, probability: 0.774 },
    { score: 0.819, probability: 0.787 },
    { score: 0.897, probability: 0.831 },
    { score: 0.94, probability: 0.886 },
    { score: 0.955, probability: 0.908 },
    { score: 0.973, probability: 0.941 },
  ],
  hypothesis: [
    { score: 0.463, probability: 0.032 },
    { score: 0.591, probability: 0.08 },
    { score: 0.755, probability: 0.167 },
    { score: 0.891, probability: 0.241 },
  ],
} as const;

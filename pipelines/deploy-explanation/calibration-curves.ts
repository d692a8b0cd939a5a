/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.534, probability: 0.224 },
    { score: 0.725, probability: 0.602 },
    { score: 0.811, probability: 0.814 },
    { score: 0.849, probability: 0.85 },
    { score: 0.898, probability: 0.858 },
    { score: 0.94, probability: 0.886 },
    { score: 0.955, probability: 0.908 },
    { score: 0.973, probability: 0.934 },
  ],
  hypothesis: [
    { score: 0.463, probability: 0.032 },
    { score: 0.591, probability: 0.08 },
    { score: 0.755, probability: 0.167 },
    { score: 0.891, probability: 0.241 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.536, probability: 0.197 },
    { score: 0.689, probability: 0.563 },
    { score: 0.76, probability: 0.575 },
    { score: 0.812, probability: 0.785 },
    { score: 0.884, probability: 0.834 },
    { score: 0.926, probability: 0.844 },
    { score: 0.94, probability: 0.884 },
    { score: 0.955, probability: 0.906 },
    { score: 0.973, probability: 0.945 },
  ],
  hypothesis: [
    { score: 0.466, probability: 0.034 },
    { score: 0.587, probability: 0.087 },
    { score: 0.754, probability: 0.172 },
    { score: 0.891, probability: 0.239 },
  ],
} as const;

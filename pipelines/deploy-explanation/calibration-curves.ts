/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.536, probability: 0.197 },
    { score: 0.726, probability: 0.59 },
    { score: 0.811, probability: 0.813 },
    { score: 0.894, probability: 0.866 },
    { score: 0.94, probability: 0.884 },
    { score: 0.955, probability: 0.906 },
    { score: 0.973, probability: 0.938 },
  ],
  hypothesis: [
    { score: 0.466, probability: 0.034 },
    { score: 0.587, probability: 0.087 },
    { score: 0.754, probability: 0.172 },
    { score: 0.891, probability: 0.239 },
  ],
} as const;

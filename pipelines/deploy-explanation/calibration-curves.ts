/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.538, probability: 0.2 },
    { score: 0.688, probability: 0.552 },
    { score: 0.76, probability: 0.564 },
    { score: 0.813, probability: 0.787 },
    { score: 0.884, probability: 0.833 },
    { score: 0.926, probability: 0.836 },
    { score: 0.94, probability: 0.893 },
    { score: 0.955, probability: 0.904 },
    { score: 0.973, probability: 0.95 },
  ],
  hypothesis: [
    { score: 0.467, probability: 0.036 },
    { score: 0.587, probability: 0.087 },
    { score: 0.756, probability: 0.154 },
    { score: 0.891, probability: 0.248 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.534, probability: 0.096 },
    { score: 0.62, probability: 0.111 },
    { score: 0.645, probability: 0.5 },
    { score: 0.738, probability: 0.533 },
    { score: 0.824, probability: 0.776 },
    { score: 0.91, probability: 0.846 },
    { score: 0.966, probability: 0.904 },
  ],
  hypothesis: [
    { score: 0.479, probability: 0.003 },
    { score: 0.542, probability: 0.009 },
    { score: 0.618, probability: 0.022 },
    { score: 0.751, probability: 0.062 },
    { score: 0.886, probability: 0.162 },
    { score: 0.964, probability: 0.224 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.532, probability: 0.217 },
    { score: 0.725, probability: 0.581 },
    { score: 0.812, probability: 0.815 },
    { score: 0.912, probability: 0.843 },
    { score: 0.96, probability: 0.886 },
    { score: 0.973, probability: 0.91 },
  ],
  hypothesis: [
    { score: 0.462, probability: 0.014 },
    { score: 0.549, probability: 0.02 },
    { score: 0.632, probability: 0.051 },
    { score: 0.745, probability: 0.079 },
    { score: 0.885, probability: 0.225 },
    { score: 0.965, probability: 0.227 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.534, probability: 0.098 },
    { score: 0.62, probability: 0.115 },
    { score: 0.729, probability: 0.517 },
    { score: 0.824, probability: 0.778 },
    { score: 0.911, probability: 0.845 },
    { score: 0.966, probability: 0.907 },
  ],
  hypothesis: [
    { score: 0.481, probability: 0.004 },
    { score: 0.541, probability: 0.009 },
    { score: 0.618, probability: 0.023 },
    { score: 0.751, probability: 0.063 },
    { score: 0.886, probability: 0.158 },
    { score: 0.965, probability: 0.208 },
  ],
} as const;

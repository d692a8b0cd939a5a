/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.534, probability: 0.096 },
    { score: 0.62, probability: 0.115 },
    { score: 0.729, probability: 0.517 },
    { score: 0.824, probability: 0.774 },
    { score: 0.911, probability: 0.843 },
    { score: 0.966, probability: 0.906 },
  ],
  hypothesis: [
    { score: 0.481, probability: 0.004 },
    { score: 0.541, probability: 0.009 },
    { score: 0.617, probability: 0.023 },
    { score: 0.751, probability: 0.063 },
    { score: 0.887, probability: 0.157 },
    { score: 0.965, probability: 0.208 },
  ],
} as const;

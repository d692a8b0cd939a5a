/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.537, probability: 0.2 },
    { score: 0.719, probability: 0.483 },
    { score: 0.888, probability: 0.84 },
    { score: 0.94, probability: 0.896 },
    { score: 0.955, probability: 0.917 },
    { score: 0.972, probability: 0.964 },
  ],
  hypothesis: [
    { score: 0.458, probability: 0.045 },
    { score: 0.639, probability: 0.13 },
    { score: 0.811, probability: 0.182 },
    { score: 0.882, probability: 0.25 },
    { score: 0.932, probability: 0.275 },
  ],
} as const;

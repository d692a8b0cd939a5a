/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.543, probability: 0.208 },
    { score: 0.69, probability: 0.44 },
    { score: 0.762, probability: 0.481 },
    { score: 0.887, probability: 0.838 },
    { score: 0.94, probability: 0.901 },
    { score: 0.955, probability: 0.915 },
    { score: 0.973, probability: 0.944 },
  ],
  hypothesis: [
    { score: 0.458, probability: 0.045 },
    { score: 0.561, probability: 0.091 },
    { score: 0.744, probability: 0.174 },
    { score: 0.811, probability: 0.227 },
    { score: 0.911, probability: 0.267 },
  ],
} as const;

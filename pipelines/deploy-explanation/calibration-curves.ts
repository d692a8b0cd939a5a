/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.532, probability: 0.107 },
    { score: 0.62, probability: 0.133 },
    { score: 0.64, probability: 0.435 },
    { score: 0.738, probability: 0.541 },
    { score: 0.811, probability: 0.775 },
    { score: 0.849, probability: 0.775 },
    { score: 0.911, probability: 0.845 },
    { score: 0.966, probability: 0.905 },
  ],
  hypothesis: [
    { score: 0.474, probability: 0.006 },
    { score: 0.543, probability: 0.013 },
    { score: 0.618, probability: 0.028 },
    { score: 0.752, probability: 0.063 },
    { score: 0.887, probability: 0.151 },
    { score: 0.965, probability: 0.216 },
  ],
} as const;

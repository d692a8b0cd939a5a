/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.541, probability: 0.146 },
    { score: 0.729, probability: 0.556 },
    { score: 0.823, probability: 0.813 },
    { score: 0.914, probability: 0.852 },
    { score: 0.96, probability: 0.906 },
    { score: 0.973, probability: 0.921 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.544, probability: 0.014 },
    { score: 0.628, probability: 0.044 },
    { score: 0.749, probability: 0.059 },
    { score: 0.89, probability: 0.177 },
  ],
} as const;

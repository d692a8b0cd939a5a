/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.563, probability: 0.19 },
    { score: 0.729, probability: 0.574 },
    { score: 0.823, probability: 0.812 },
    { score: 0.912, probability: 0.856 },
    { score: 0.96, probability: 0.899 },
    { score: 0.973, probability: 0.916 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.544, probability: 0.014 },
    { score: 0.632, probability: 0.05 },
    { score: 0.749, probability: 0.06 },
    { score: 0.89, probability: 0.181 },
  ],
} as const;

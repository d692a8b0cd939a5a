/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.561, probability: 0.185 },
    { score: 0.731, probability: 0.551 },
    { score: 0.82, probability: 0.807 },
    { score: 0.912, probability: 0.85 },
    { score: 0.96, probability: 0.905 },
    { score: 0.973, probability: 0.923 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.544, probability: 0.013 },
    { score: 0.632, probability: 0.048 },
    { score: 0.751, probability: 0.056 },
    { score: 0.892, probability: 0.167 },
  ],
} as const;

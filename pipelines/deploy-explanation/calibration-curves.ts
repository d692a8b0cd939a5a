/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.529, probability: 0.19 },
    { score: 0.727, probability: 0.59 },
    { score: 0.811, probability: 0.826 },
    { score: 0.912, probability: 0.837 },
    { score: 0.96, probability: 0.897 },
    { score: 0.973, probability: 0.919 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.007 },
    { score: 0.547, probability: 0.019 },
    { score: 0.632, probability: 0.051 },
    { score: 0.745, probability: 0.076 },
    { score: 0.889, probability: 0.212 },
    { score: 0.965, probability: 0.217 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.416, probability: 0.174 },
    { score: 0.564, probability: 0.179 },
    { score: 0.729, probability: 0.588 },
    { score: 0.823, probability: 0.819 },
    { score: 0.913, probability: 0.855 },
    { score: 0.96, probability: 0.902 },
    { score: 0.973, probability: 0.919 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.544, probability: 0.014 },
    { score: 0.632, probability: 0.049 },
    { score: 0.749, probability: 0.071 },
    { score: 0.891, probability: 0.178 },
  ],
} as const;

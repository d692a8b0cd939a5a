/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.538, probability: 0.11 },
    { score: 0.729, probability: 0.546 },
    { score: 0.82, probability: 0.828 },
    { score: 0.909, probability: 0.849 },
    { score: 0.96, probability: 0.917 },
    { score: 0.973, probability: 0.926 },
  ],
  hypothesis: [
    { score: 0.479, probability: 0.005 },
    { score: 0.542, probability: 0.011 },
    { score: 0.629, probability: 0.041 },
    { score: 0.748, probability: 0.071 },
    { score: 0.891, probability: 0.165 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.416, probability: 0.174 },
    { score: 0.564, probability: 0.179 },
    { score: 0.728, probability: 0.606 },
    { score: 0.822, probability: 0.828 },
    { score: 0.908, probability: 0.866 },
    { score: 0.96, probability: 0.899 },
    { score: 0.973, probability: 0.907 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.544, probability: 0.014 },
    { score: 0.632, probability: 0.049 },
    { score: 0.748, probability: 0.082 },
    { score: 0.89, probability: 0.194 },
  ],
} as const;

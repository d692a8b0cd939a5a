/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.54, probability: 0.135 },
    { score: 0.728, probability: 0.569 },
    { score: 0.822, probability: 0.824 },
    { score: 0.908, probability: 0.866 },
    { score: 0.966, probability: 0.91 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.543, probability: 0.013 },
    { score: 0.629, probability: 0.042 },
    { score: 0.75, probability: 0.074 },
    { score: 0.893, probability: 0.177 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.541, probability: 0.136 },
    { score: 0.729, probability: 0.568 },
    { score: 0.822, probability: 0.826 },
    { score: 0.91, probability: 0.857 },
    { score: 0.96, probability: 0.912 },
    { score: 0.973, probability: 0.919 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.543, probability: 0.013 },
    { score: 0.629, probability: 0.042 },
    { score: 0.75, probability: 0.074 },
    { score: 0.893, probability: 0.177 },
  ],
} as const;

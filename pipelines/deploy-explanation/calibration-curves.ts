/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.527, probability: 0.167 },
    { score: 0.729, probability: 0.585 },
    { score: 0.819, probability: 0.823 },
    { score: 0.908, probability: 0.861 },
    { score: 0.96, probability: 0.905 },
    { score: 0.973, probability: 0.915 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.543, probability: 0.013 },
    { score: 0.632, probability: 0.047 },
    { score: 0.75, probability: 0.076 },
    { score: 0.892, probability: 0.18 },
  ],
} as const;

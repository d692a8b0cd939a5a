/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.564, probability: 0.194 },
    { score: 0.729, probability: 0.569 },
    { score: 0.823, probability: 0.813 },
    { score: 0.912, probability: 0.857 },
    { score: 0.96, probability: 0.9 },
    { score: 0.973, probability: 0.914 },
  ],
  hypothesis: [
    { score: 0.476, probability: 0.006 },
    { score: 0.545, probability: 0.014 },
    { score: 0.632, probability: 0.051 },
    { score: 0.749, probability: 0.062 },
    { score: 0.883, probability: 0.184 },
    { score: 0.964, probability: 0.185 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.532, probability: 0.112 },
    { score: 0.62, probability: 0.129 },
    { score: 0.64, probability: 0.435 },
    { score: 0.739, probability: 0.537 },
    { score: 0.811, probability: 0.759 },
    { score: 0.85, probability: 0.762 },
    { score: 0.911, probability: 0.842 },
    { score: 0.966, probability: 0.899 },
  ],
  hypothesis: [
    { score: 0.473, probability: 0.006 },
    { score: 0.543, probability: 0.013 },
    { score: 0.617, probability: 0.027 },
    { score: 0.752, probability: 0.062 },
    { score: 0.887, probability: 0.152 },
    { score: 0.965, probability: 0.204 },
  ],
} as const;

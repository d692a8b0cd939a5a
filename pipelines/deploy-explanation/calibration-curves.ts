/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.417, probability: 0.182 },
    { score: 0.564, probability: 0.194 },
    { score: 0.728, probability: 0.579 },
    { score: 0.823, probability: 0.812 },
    { score: 0.912, probability: 0.854 },
    { score: 0.96, probability: 0.898 },
    { score: 0.973, probability: 0.915 },
  ],
  hypothesis: [
    { score: 0.477, probability: 0.006 },
    { score: 0.545, probability: 0.016 },
    { score: 0.632, probability: 0.05 },
    { score: 0.749, probability: 0.063 },
    { score: 0.889, probability: 0.195 },
  ],
} as const;

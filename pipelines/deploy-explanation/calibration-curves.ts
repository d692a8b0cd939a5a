/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.538, probability: 0.2 },
    { score: 0.689, probability: 0.563 },
    { score: 0.76, probability: 0.575 },
    { score: 0.812, probability: 0.785 },
    { score: 0.884, probability: 0.835 },
    { score: 0.926, probability: 0.836 },
    { score: 0.94, probability: 0.893 },
    { score: 0.955, probability: 0.904 },
    { score: 0.973, probability: 0.951 },
  ],
  hypothesis: [
    { score: 0.466, probability: 0.034 },
    { score: 0.587, probability: 0.087 },
    { score: 0.756, probability: 0.154 },
    { score: 0.89, probability: 0.245 },
  ],
} as const;

/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.543, probability: 0.098 },
    { score: 0.64, probability: 0.455 },
    { score: 0.738, probability: 0.541 },
    { score: 0.811, probability: 0.769 },
    { score: 0.85, probability: 0.77 },
    { score: 0.911, probability: 0.842 },
    { score: 0.966, probability: 0.904 },
  ],
  hypothesis: [
    { score: 0.474, probability: 0.006 },
    { score: 0.543, probability: 0.007 },
    { score: 0.609, probability: 0.027 },
    { score: 0.64, probability: 0.031 },
    { score: 0.752, probability: 0.063 },
    { score: 0.887, probability: 0.152 },
    { score: 0.965, probability: 0.212 },
  ],
} as const;

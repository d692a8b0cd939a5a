/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */
export const CURVES = {
  root: [
    { score: 0.529, probability: 0.195 },
    { score: 0.727, probability: 0.576 },
    { score: 0.811, probability: 0.818 },
    { score: 0.912, probability: 0.835 },
    { score: 0.96, probability: 0.894 },
    { score: 0.973, probability: 0.915 },
  ],
  hypothesis: [
    { score: 0.477, probability: 0.007 },
    { score: 0.548, probability: 0.019 },
    { score: 0.632, probability: 0.051 },
    { score: 0.745, probability: 0.076 },
    { score: 0.889, probability: 0.211 },
    { score: 0.965, probability: 0.227 },
  ],
} as const;

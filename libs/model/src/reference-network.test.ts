/** The oracle itself, checked against central differences of its own cost and a closed form. */
import { initialWeights } from './initial-weights.js';
import { numericGradients } from './numeric-gradient.js';
import { cost, gradients, referenceWeights } from './reference-network.js';
import { madeUpData } from './training.fixture.js';

const shape = { inputs: 12, hidden: 5, classes: 3 };
const samples = madeUpData({ inputs: 12, classes: 3, train: 8, validation: 1 }).train;
const weights = referenceWeights(initialWeights(shape, 4));

describe('the float64 reference', () => {
  it('costs log(classes) when all weights are zero', () => {
    const zero = {
      W1: new Float64Array(60),
      b1: new Float64Array(5),
      W2: new Float64Array(15),
      b2: new Float64Array(3),
    };
    expect(cost(shape, zero, samples, 0.5)).toBeCloseTo(Math.log(3), 12);
  });

  it.each(['W1', 'b1', 'W2', 'b2'] as const)(
    'has the gradient of its cost in %s, the L2 term included',
    (group) => {
      const lambda = 0.05;
      const analytic = gradients(shape, weights, samples, lambda)[group];
      const quick = numericGradients(shape, weights, samples, lambda)[group];
      analytic.forEach((value, index) => {
        const moved = (by: number) => {
          const copy = { ...weights, [group]: Float64Array.from(weights[group]) };
          copy[group][index]! += by;
          return cost(shape, copy, samples, lambda);
        };
        expect(value).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 8);
        expect(quick[index]).toBeCloseTo(value, 8);
      });
    },
  );
});

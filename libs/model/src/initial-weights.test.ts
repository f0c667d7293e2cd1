import { initialWeights } from './initial-weights.js';

const shape = { inputs: 3072, hidden: 50, classes: 10 };

describe('initial weights', () => {
  it('are the same for the same seed, on any machine', () => {
    const { W1, W2 } = initialWeights({ inputs: 4, hidden: 2, classes: 2 }, 1);
    expect({ W1: Array.from(W1), W2: Array.from(W2) }).toMatchInlineSnapshot(`
     {
       "W1": [
         -0.3392105996608734,
         -0.7436572313308716,
         -0.2626205086708069,
         -0.40723878145217896,
         -0.174814835190773,
         0.35957255959510803,
         -0.5832401514053345,
         -0.31364962458610535,
       ],
       "W2": [
         0.45771533250808716,
         0.578775942325592,
         0.009214267134666443,
         -0.2791183590888977,
       ],
     }
    `);
  });

  it('differ between seeds', () => {
    expect(initialWeights(shape, 1).W1).not.toEqual(initialWeights(shape, 2).W1);
  });

  it('are normal with standard deviation 1/√fan-in', () => {
    const { W1, W2, b1, b2 } = initialWeights(shape, 3);
    const deviation = (values: Float32Array) =>
      Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    expect(deviation(W1) * Math.sqrt(3072)).toBeCloseTo(1, 2);
    expect(deviation(W2) * Math.sqrt(50)).toBeGreaterThan(0.9);
    expect(deviation(W2) * Math.sqrt(50)).toBeLessThan(1.1);
    expect(W1.reduce((sum, v) => sum + v, 0) / W1.length).toBeCloseTo(0, 3);
    const kurtosis = W1.reduce((sum, v) => sum + v ** 4, 0) / W1.length / deviation(W1) ** 4;
    expect(kurtosis).toBeCloseTo(3, 1);
    expect([...b1, ...b2].every((bias) => bias === 0)).toBe(true);
  });

  it('of a wider network begin with the units of a narrower one', () => {
    const narrow = initialWeights(shape, 5);
    const wide = initialWeights({ ...shape, hidden: 80 }, 5);
    expect(wide.W1.subarray(0, narrow.W1.length)).toEqual(narrow.W1);
  });
});

import fc from 'fast-check';
import { foldingFactor, isDeferred, stepCoefficients } from './decay.js';
import { settingsOf } from './training.fixture.js';

describe('decay', () => {
  it('multiplies the scale by 1 − 2ηλ at each step', () => {
    const settings = settingsOf({ lambda: 0.1 });
    const steps = stepCoefficients(settings, { firstStep: 18, count: 4, scale: 1 });
    let scale = 1;
    for (const step of steps) {
      expect(step.scale).toBe(scale);
      expect(step.decay).toBe(1 - 2 * step.eta * 0.1);
      scale *= step.decay;
      expect(step.nextScale).toBe(scale);
    }
  });

  it('leaves a network as it is after its last step', () => {
    const [step] = stepCoefficients(settingsOf({ stepSize: 20 }), { firstStep: 40, count: 1, scale: 0.7 });
    expect(step).toEqual({ eta: 0, decay: 1, scale: 0.7, nextScale: 0.7 });
  });

  it('updates directly what would shrink below a tenth in one step', () => {
    expect(isDeferred(settingsOf({ lambda: 4.4, etaMax: 0.1 }))).toBe(true);
    expect(isDeferred(settingsOf({ lambda: 4.6, etaMax: 0.1 }))).toBe(false);
    expect(isDeferred(settingsOf({ lambda: 1000, etaMax: 0.1 }))).toBe(false);
  });

  it('folds by powers of two only, back to between 1 and 2', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-30, max: 1, noNaN: true }), (scale) => {
        const factor = foldingFactor(scale);
        expect(Number.isInteger(Math.log2(factor))).toBe(true);
        if (scale < 0.5) expect(scale / factor).toBeGreaterThanOrEqual(1);
        expect(scale / factor).toBeLessThan(2);
      }),
    );
  });
});

/** Initial weights of a network of several layers: drawn unit by unit, so that seed s is the same network everywhere. */
import type { Activation } from '@seedbed/contracts';
import { fillNormal, stream } from '../initial-weights.js';

/** One layer, float32, row-major: a row is one unit and holds its weights of all inputs. */
export interface LayerWeights {
  /** units × inputs */
  readonly weights: Float32Array;
  /** units */
  readonly biases: Float32Array;
}

/**
 * N(0, √(gain / inputs)) with gain 2 before ReLU (He et al. 2015), else 1; biases 0.
 *
 * @param widths inputs, hidden units of each layer, outputs
 */
export function initialLayers(
  widths: readonly number[],
  activation: Activation,
  seed: number,
): LayerWeights[] {
  return widths.slice(1).map((units, layer) => {
    const inputs = widths[layer] ?? 0;
    const isOutput = layer === widths.length - 2;
    const gain = activation === 'relu' && !isOutput ? 2 : 1;
    const weights = new Float32Array(units * inputs);
    for (let unit = 0; unit < units; unit++) {
      const own = weights.subarray(unit * inputs, (unit + 1) * inputs);
      fillNormal(own, stream(seed, `layer ${layer}/${unit}`), Math.sqrt(gain / inputs));
    }
    return { weights, biases: new Float32Array(units) };
  });
}

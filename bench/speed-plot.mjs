// The picture of the training speeds: one bar for each contender, the machine's peak as the limit.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPlotDocument, measuredBars } from '@seedbed/report';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';

const PATH = join(repositoryRoot, 'docs', 'images', 'training-speed.svg');

/** @param {import('./sections.mjs').TrainingResult} result @returns {string} SVG markup */
export function speedPlot({ labels, spread, settings, peak }) {
  const bars = Object.entries(spread.millisecondsPerNetworkStep).map(
    ([name, { median, lowerQuartile, upperQuartile }]) => {
      const packed = settings.packNetworks[name] ?? 1;
      const label = (labels[name] ?? name).replaceAll('`', '');
      return {
        label: packed === 1 ? label : `${label}; ${packed} a process`,
        median,
        lowerQuartile,
        upperQuartile,
        isOurs: name.startsWith('engine'),
      };
    },
  );
  return measuredBars(
    createPlotDocument(),
    {
      title: 'Time that one training step of one network takes on the whole machine',
      axis: 'milliseconds a step of one network (batch of 100, 3,072 → 50 → 10)',
      bars: bars.toSorted((a, b) => a.median - b.median),
      limit: { label: 'at the peak of the machine’s matrix product', value: peak.millisecondsPerNetworkStep },
    },
    { id: 'training-speed', width: 820 },
  );
}

/** @param {import('./sections.mjs').TrainingResult} result */
export function writeSpeedPlot(result) {
  writeFileSync(PATH, `${speedPlot(result)}\n`);
}

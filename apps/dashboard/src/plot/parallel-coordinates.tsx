/** Every trial as a line through all of its parameters to its mean: what good trials have in common. */
import type { StageSummary } from '@seedbed/contracts';
import { formatAccuracy, formatParameter, parameterLabel } from '@seedbed/report/plots';
import { useElementSize } from '@mantine/hooks';
import { parameterAxis } from './parameter-axis.js';

const HEIGHT = 260;
const MARGIN = { x: 46, top: 26, bottom: 22 };
/** More lines than these are a blur; the best are drawn. */
const LINES_MAX = 500;

export function ParallelCoordinates({ stage, names }: { stage: StageSummary; names: readonly string[] }) {
  const { ref, width } = useElementSize();
  const numeric = names.filter((name) =>
    stage.trials.every(({ parameters }) => typeof parameters[name] === 'number'),
  );
  const trials = stage.trials
    .filter(({ mean }) => mean !== null)
    .toSorted((a, b) => a.mean! - b.mean!)
    .slice(-LINES_MAX);
  if (trials.length === 0 || numeric.length < 2) return null;
  const columns = [
    ...numeric.map((name) => ({
      label: parameterLabel(name),
      values: trials.map(({ parameters }) => parameters[name] as number),
      format: (value: number) => formatParameter(name, value),
    })),
    { label: 'accuracy', values: trials.map(({ mean }) => mean!), format: formatAccuracy },
  ].map((column) => ({ ...column, axis: parameterAxis(column.values) }));
  const inner = HEIGHT - MARGIN.top - MARGIN.bottom;
  const x = (place: number): number => MARGIN.x + (place / (columns.length - 1)) * (width - 2 * MARGIN.x);
  const y = (place: number, value: number): number =>
    HEIGHT - MARGIN.bottom - columns[place]!.axis.positionOf(value) * inner;
  return (
    <div className="plot" ref={ref}>
      {width === 0 ? null : (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Trials of ${stage.stage} by ${numeric.join(', ')} and accuracy`}
        >
          {trials.map((trial, row) => (
            <polyline
              key={trial.index}
              points={columns.map(({ values }, place) => `${x(place)},${y(place, values[row]!)}`).join(' ')}
              fill="none"
              stroke={row === trials.length - 1 ? 'var(--plot-report)' : 'var(--plot-ours)'}
              strokeWidth={row === trials.length - 1 ? 2.5 : 1.25}
              strokeOpacity={row === trials.length - 1 ? 1 : 0.2 + (0.6 * row) / trials.length}
            />
          ))}
          {columns.map(({ label, values, format }, place) => (
            <g
              key={label}
              transform={`translate(${x(place)},0)`}
              fontSize={11}
              textAnchor="middle"
              fill="var(--plot-ink)"
            >
              <line y1={MARGIN.top} y2={HEIGHT - MARGIN.bottom} stroke="var(--plot-ink)" />
              <text y={10}>{label}</text>
              <text y={22}>{format(Math.max(...values))}</text>
              <text y={HEIGHT - 8}>{format(Math.min(...values))}</text>
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

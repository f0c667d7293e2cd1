/**
 * Accuracy of the trials of a stage over one parameter: interval, mean and every seed. Verdicts differ in shape as well as in
 * colour; every mean can be reached by keyboard and opens its trial.
 */
import type { StageSummary, TrialSummary } from '@seedbed/contracts';
import {
  formatAccuracy,
  formatInterval,
  formatParameter,
  parameterLabel,
  type Standing,
  STANDING_WORDS,
  standingOf,
} from '@seedbed/report/plots';
import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, useState } from 'react';
import { type ParameterAxis, parameterAxis, roundValues } from './parameter-axis.js';

const HEIGHT = 340;
const MARGIN = { left: 58, right: 14, top: 12, bottom: 44 };
const NARROW = 480;
/** Seeds of so many trials can be told apart; beyond, only means are drawn. */
const SEEDS_DRAWN_TRIALS_MAX = 200;
/** When some trials fail, the rest would be squeezed into a line: the close-up shows those so near the best. */
const CLOSE_UP = 0.03;

interface TrialPlotProps {
  readonly stage: StageSummary;
  readonly parameter: string;
  readonly onOpen: (trialIndex: number) => void;
  readonly closeUp: boolean;
}

interface Frame {
  readonly x: (value: number) => number;
  readonly y: (accuracy: number) => number;
  readonly axis: ParameterAxis;
  readonly range: readonly [number, number];
  readonly width: number;
}

export function TrialPlot({ stage, parameter, onOpen, closeUp }: TrialPlotProps) {
  const { ref, width } = useElementSize();
  const [hovered, setHovered] = useState<TrialSummary | null>(null);
  const trials = stage.trials.filter((trial) => typeof trial.parameters[parameter] === 'number');
  const shown = closeUp ? nearTheBest(trials) : trials;
  const isDrawn = shown.some(({ mean }) => mean !== null);
  return (
    <div className="plot" ref={ref}>
      {isDrawn && width > 0 ? (
        <svg
          width={width}
          height={HEIGHT}
          role="group"
          aria-label={`Validation accuracy over ${parameterLabel(parameter)}, ${stage.stage}`}
        >
          <Marks
            {...{ stage, parameter, onOpen, setHovered }}
            trials={shown}
            frame={frameOf(shown, parameter, width)}
          />
        </svg>
      ) : (
        <p className="quiet">No run of this stage has been committed yet.</p>
      )}
      <p className="quiet" aria-live="polite" style={{ minHeight: '1.6em', margin: 0 }}>
        {hovered === null
          ? 'Point at a trial, or move to it with the Tab key.'
          : describe(stage, hovered, parameter)}
      </p>
    </div>
  );
}

/** Whether a close-up shows anything that the whole plot does not. */
export function hasCloseUp(trials: readonly TrialSummary[]): boolean {
  const near = nearTheBest(trials).length;
  return near > 1 && near < trials.filter(({ mean }) => mean !== null).length;
}

function nearTheBest(trials: readonly TrialSummary[]): TrialSummary[] {
  const highest = Math.max(...trials.map(({ mean }) => mean ?? -Infinity));
  return trials.filter(({ mean }) => mean !== null && mean >= highest - CLOSE_UP);
}

function frameOf(trials: readonly TrialSummary[], parameter: string, width: number): Frame {
  const axis = parameterAxis(trials.map((trial) => trial.parameters[parameter] as number));
  const values = trials.flatMap(({ mean, interval95, runs }) => [
    ...(interval95 ?? []),
    ...(mean === null ? [] : [mean]),
    ...runs.flatMap(({ validationAccuracy }) => validationAccuracy ?? []),
  ]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const padding = Math.max(0.002, (high - low) * 0.05);
  const range = [Math.max(0, low - padding), Math.min(1, high + padding)] as const;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  return {
    ...{ axis, range, width },
    x: (value) => MARGIN.left + axis.positionOf(value) * inner.width,
    y: (accuracy) => MARGIN.top + ((range[1] - accuracy) / (range[1] - range[0])) * inner.height,
  };
}

interface MarksProps extends Omit<TrialPlotProps, 'closeUp'> {
  readonly trials: readonly TrialSummary[];
  readonly frame: Frame;
  readonly setHovered: (trial: TrialSummary | null) => void;
}

function Marks({ stage, trials, parameter, frame, onOpen, setHovered }: MarksProps) {
  const withSeeds = trials.length <= SEEDS_DRAWN_TRIALS_MAX;
  return (
    <>
      <Axes frame={frame} parameter={parameter} />
      {trials.map((trial) => {
        if (trial.mean === null) return null;
        const x = frame.x(trial.parameters[parameter] as number);
        const standing = standingOf(stage, trial.index);
        const colour = standing === 'told-apart' ? 'var(--plot-muted)' : 'var(--plot-ours)';
        const open = (): void => onOpen(trial.index);
        return (
          <g
            key={trial.index}
            className="mark"
            role="button"
            tabIndex={0}
            aria-label={describe(stage, trial, parameter)}
            onClick={open}
            onKeyDown={(event: KeyboardEvent) => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              open();
            }}
            onMouseEnter={() => setHovered(trial)}
            onMouseLeave={() => setHovered(null)}
            onFocus={() => setHovered(trial)}
            onBlur={() => setHovered(null)}
          >
            <rect
              x={x - 9}
              y={MARGIN.top}
              width={18}
              height={HEIGHT - MARGIN.top - MARGIN.bottom}
              fill="transparent"
            />
            {trial.interval95 === null ? null : (
              <line
                {...{ x1: x, x2: x, y1: frame.y(trial.interval95[0]), y2: frame.y(trial.interval95[1]) }}
                stroke={colour}
                strokeWidth={7}
                strokeOpacity={0.25}
              />
            )}
            {withSeeds
              ? trial.runs.map(({ seed, validationAccuracy }) =>
                  validationAccuracy === null ? null : (
                    <circle key={seed} cx={x} cy={frame.y(validationAccuracy)} r={2} fill={colour} />
                  ),
                )
              : null}
            <StandingMark x={x} y={frame.y(trial.mean)} standing={standing} />
          </g>
        );
      })}
    </>
  );
}

function Axes({ frame, parameter }: { frame: Frame; parameter: string }) {
  const { range, axis, width } = frame;
  const bottom = HEIGHT - MARGIN.bottom;
  const ticks = width < NARROW ? axis.ticks.filter((_, place) => place % 2 === 0) : axis.ticks;
  const digits = range[1] - range[0] < 0.06 ? 1 : 0;
  return (
    <g aria-hidden="true" fill="var(--plot-ink)" fontSize={12}>
      {roundValues(range[0], range[1]).map((accuracy) => (
        <g key={accuracy} transform={`translate(0,${frame.y(accuracy)})`}>
          <line x1={MARGIN.left} x2={width - MARGIN.right} stroke="var(--plot-ink)" strokeOpacity={0.12} />
          <text
            x={MARGIN.left - 8}
            dy="0.32em"
            textAnchor="end"
          >{`${(accuracy * 100).toFixed(digits)} %`}</text>
        </g>
      ))}
      <line x1={MARGIN.left} x2={width - MARGIN.right} y1={bottom} y2={bottom} stroke="var(--plot-ink)" />
      {ticks.map(({ value }) => (
        <g key={value} transform={`translate(${frame.x(value)},${bottom})`}>
          <line y2={5} stroke="var(--plot-ink)" />
          <text y={18} textAnchor="middle">
            {formatParameter(parameter, value)}
          </text>
        </g>
      ))}
      <text x={width - MARGIN.right} y={HEIGHT - 6} textAnchor="end">
        {parameterLabel(parameter)}
        {axis.isLogarithmic ? ' (logarithmic)' : ''}
      </text>
    </g>
  );
}

/** The same shapes in plot, legend and table. */
export function StandingMark({ x, y, standing }: { x: number; y: number; standing: Standing }) {
  const ours = 'var(--plot-ours)';
  switch (standing) {
    case 'best':
      return <circle cx={x} cy={y} r={5.5} fill={ours} />;
    case 'equivalent':
      return (
        <>
          <circle cx={x} cy={y} r={5.5} fill="var(--plot-background)" stroke={ours} strokeWidth={1.75} />
          <circle cx={x} cy={y} r={2.25} fill={ours} />
        </>
      );
    case 'not-told-apart':
      return <circle cx={x} cy={y} r={4.5} fill="var(--plot-background)" stroke={ours} strokeWidth={1.75} />;
    case 'told-apart':
      return <path d={`M${x - 4},${y - 4}l8,8m0,-8l-8,8`} stroke="var(--plot-muted)" strokeWidth={2} />;
    case 'not-compared':
      return (
        <rect
          x={x - 4}
          y={y - 4}
          width={8}
          height={8}
          fill="var(--plot-background)"
          stroke={ours}
          strokeWidth={1.75}
        />
      );
  }
}

export function PlotLegend({ standings }: { standings: readonly Standing[] }) {
  return (
    <ul style={{ display: 'flex', flexWrap: 'wrap', gap: 16, listStyle: 'none', padding: 0, margin: 0 }}>
      {standings.map((standing) => (
        <li key={standing} style={{ display: 'flex', alignItems: 'center', gap: 6 }}>
          <svg width={14} height={14} aria-hidden="true">
            <StandingMark x={7} y={7} standing={standing} />
          </svg>
          {standing === 'best' ? 'best: mean, 95 % interval, seeds' : STANDING_WORDS[standing]}
        </li>
      ))}
    </ul>
  );
}

function describe(stage: StageSummary, trial: TrialSummary, parameter: string): string {
  const value = trial.parameters[parameter] as number;
  const interval = trial.interval95 === null ? '' : `, 95 % interval ${formatInterval(trial.interval95)}`;
  const cost = stage.comparison?.trials.find(({ index }) => index === trial.index)?.regretBound ?? null;
  const bound = cost === null ? '' : `, costs at most ${(cost * 100).toFixed(2)} points`;
  return `${parameterLabel(parameter)} ${formatParameter(parameter, value)}: ${formatAccuracy(trial.mean)}, n ${trial.n} of ${trial.planned}${interval}; ${STANDING_WORDS[standingOf(stage, trial.index)]}${bound}`;
}

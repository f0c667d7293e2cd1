/** All trials of a stage, sorted as one likes. Only the rows in view are in the page, so that ten thousand cost no more than ten. */
import type { StageSummary, TrialSummary } from '@seedbed/contracts';
import { UnstyledButton } from '@mantine/core';
import {
  formatAccuracy,
  formatInterval,
  formatParameter,
  formatPoints,
  formatWins,
  NO_NUMBER,
  parameterLabel,
  shortfallOf,
  STANDING_WORDS,
  standingOf,
} from '@seedbed/report/plots';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { StandingMark } from '../plot/trial-plot.js';

const ROW_HEIGHT = 36;
const HEIGHT_MAX = 520;

interface Row {
  readonly trial: TrialSummary;
  readonly cost: number | null;
  readonly wins: number | null;
}

interface Column {
  readonly name: string;
  readonly width: number;
  readonly key: (row: Row) => number | string | null;
  readonly show: (row: Row) => string;
}

const LACKS: Column = {
  name: 'lacks',
  width: 90,
  key: ({ trial }) => trial.missing + trial.diverged,
  show: ({ trial }) => shortfallOf(trial),
};

interface TrialsTableProps {
  readonly stage: StageSummary;
  readonly names: readonly string[];
  readonly onOpen: (trialIndex: number) => void;
}

export function TrialsTable({ stage, names, onOpen }: TrialsTableProps) {
  const [sort, setSort] = useState({ column: 'mean', falling: true });
  const scroller = useRef<HTMLDivElement>(null);
  const lacks = stage.trials.some(({ missing, diverged }) => missing + diverged > 0);
  const columns = useMemo(() => columnsOf(names, lacks), [names.join(), lacks]);
  const rows = useMemo(() => sortedRows(stage, columns, sort), [stage, columns, sort]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    initialRect: { width: 800, height: HEIGHT_MAX },
  });
  const template = `130px ${columns.map(({ width }) => `minmax(${width}px, 1fr)`).join(' ')}`;
  const rowStyle = {
    display: 'grid',
    gridTemplateColumns: template,
    alignItems: 'center',
    minWidth: 'max-content',
  };
  return (
    <div
      ref={scroller}
      className="numbers"
      role="table"
      aria-label={`Trials of ${stage.stage}`}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      style={{
        maxHeight: HEIGHT_MAX,
        overflow: 'auto',
        border: '1px solid var(--mantine-color-default-border)',
      }}
    >
      <div
        role="row"
        aria-rowindex={1}
        style={{
          ...rowStyle,
          position: 'sticky',
          top: 0,
          height: ROW_HEIGHT,
          zIndex: 1,
          background: 'var(--mantine-color-body)',
        }}
      >
        <span role="columnheader" style={{ paddingLeft: 8, fontWeight: 600 }}>
          Trial
        </span>
        {columns.map(({ name }) => {
          const isSorted = sort.column === name;
          return (
            <span
              role="columnheader"
              key={name}
              aria-sort={isSorted ? (sort.falling ? 'descending' : 'ascending') : 'none'}
            >
              <UnstyledButton
                fw={600}
                onClick={() => setSort({ column: name, falling: isSorted ? !sort.falling : true })}
              >
                {name}
                {isSorted ? (sort.falling ? ' ↓' : ' ↑') : ''}
              </UnstyledButton>
            </span>
          );
        })}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index]!;
          const standing = standingOf(stage, row.trial.index);
          return (
            <div
              role="row"
              key={row.trial.index}
              aria-rowindex={index + 2}
              style={{
                ...rowStyle,
                ...{ position: 'absolute', top: start, height: ROW_HEIGHT, width: '100%' },
                borderTop: '1px solid var(--mantine-color-default-border)',
              }}
            >
              <span role="cell" style={{ display: 'flex', gap: 6, alignItems: 'center', paddingLeft: 8 }}>
                <svg width={14} height={14} role="img" aria-label={STANDING_WORDS[standing]}>
                  <StandingMark x={7} y={7} standing={standing} />
                </svg>
                <UnstyledButton td="underline" onClick={() => onOpen(row.trial.index)}>
                  trial {row.trial.index}
                </UnstyledButton>
              </span>
              {columns.map(({ name, show }) => (
                <span role="cell" key={name} style={{ paddingRight: 12, whiteSpace: 'nowrap' }}>
                  {show(row)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function columnsOf(names: readonly string[], withLacks: boolean): Column[] {
  return [
    ...names.map((name) => ({
      name: parameterLabel(name),
      width: 90,
      key: ({ trial }: Row) => trial.parameters[name] ?? null,
      show: ({ trial }: Row) => {
        const value = trial.parameters[name];
        return value === undefined ? NO_NUMBER : formatParameter(name, value);
      },
    })),
    {
      name: 'mean',
      width: 80,
      key: ({ trial }) => trial.mean,
      show: ({ trial }) => formatAccuracy(trial.mean),
    },
    {
      name: 'n',
      width: 60,
      key: ({ trial }) => trial.n,
      show: ({ trial }) => (trial.n === trial.planned ? String(trial.n) : `${trial.n} of ${trial.planned}`),
    },
    {
      name: 'sd',
      width: 60,
      key: ({ trial }) => trial.standardDeviation,
      show: ({ trial }) => formatPoints(trial.standardDeviation),
    },
    {
      name: 'se',
      width: 60,
      key: ({ trial }) => trial.standardError,
      show: ({ trial }) => formatPoints(trial.standardError),
    },
    {
      name: '95 % interval',
      width: 160,
      key: ({ trial }) => trial.interval95?.[0] ?? null,
      show: ({ trial }) => formatInterval(trial.interval95),
    },
    { name: 'costs ≤', width: 80, key: ({ cost }) => cost, show: ({ cost }) => formatPoints(cost) },
    {
      name: 'wins',
      width: 60,
      key: ({ wins }) => wins,
      show: ({ wins }) => (wins === null ? NO_NUMBER : formatWins(wins)),
    },
    ...(withLacks ? [LACKS] : []),
  ];
}

function sortedRows(
  stage: StageSummary,
  columns: readonly Column[],
  sort: { column: string; falling: boolean },
): Row[] {
  const compared = new Map(stage.comparison?.trials.map((trial) => [trial.index, trial]));
  const rows = stage.trials.map((trial) => ({
    trial,
    cost: compared.get(trial.index)?.regretBound ?? null,
    wins: compared.get(trial.index)?.winShare ?? null,
  }));
  const { key } =
    columns.find(({ name }) => name === sort.column) ?? columns.find(({ name }) => name === 'mean')!;
  const sign = sort.falling ? -1 : 1;
  return rows.sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    // What is not known comes last, whichever way one sorts.
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return left === right ? a.trial.index - b.trial.index : sign * (left < right ? -1 : 1);
  });
}

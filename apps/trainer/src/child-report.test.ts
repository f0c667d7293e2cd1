import type { CurvePoint } from '@seedbed/contracts';
import { ChildReport } from './child-report.js';
import type { FromChild } from './protocol.js';

const point = (step: number): CurvePoint => ({
  step,
  validation: { accuracy: { correct: step, count: 100 }, loss: 2, cost: 2 },
});
const at = (step: number, evaluated: CurvePoint | null = null) => ({ step, steps: 100, point: evaluated });

it('sends the latest step of each member now and then, and each evaluation once', () => {
  const sent: FromChild[] = [];
  let now = 1_000;
  const report = new ChildReport(
    3,
    (message) => sent.push(message),
    () => now,
  );
  report.note(0, at(1, point(1)));
  expect(sent).toHaveLength(1);
  report.note(0, at(2, point(2)));
  report.note(1, at(2));
  report.note(0, at(3, point(3)));
  expect(sent).toHaveLength(1);
  now += 500;
  report.note(1, at(3));
  report.flush();
  const member = (index: number, points: CurvePoint[]) => ({ member: index, step: 3, steps: 100, points });
  expect(sent.slice(1)).toEqual([
    { type: 'progress', packId: 3, members: [member(0, [point(2), point(3)]), member(1, [])] },
    { type: 'progress', packId: 3, members: [member(0, []), member(1, [])] },
  ]);
});

import { ChildReport } from './child-report.js';
import type { FromChild, MemberProgress } from './protocol.js';

const at = (member: number, step: number, accuracy: number | null = null): MemberProgress => ({
  member,
  step,
  steps: 100,
  validationAccuracy: accuracy,
  validationLoss: accuracy === null ? null : 2,
});

it('sends the latest of each member now and then, and keeps the last evaluation', () => {
  const sent: FromChild[] = [];
  let now = 1_000;
  const report = new ChildReport(
    3,
    (message) => sent.push(message),
    () => now,
  );
  report.note(at(0, 1, 0.4));
  expect(sent).toHaveLength(1);
  report.note(at(0, 2));
  report.note(at(1, 2));
  expect(sent).toHaveLength(1);
  now += 500;
  report.note(at(1, 3));
  expect(sent[1]).toEqual({
    type: 'progress',
    packId: 3,
    members: [{ ...at(0, 2, 0.4) }, { ...at(1, 3) }],
  });
});

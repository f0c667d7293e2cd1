/** The newcomer's example runs as it stands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSweepFile } from '@seedbed/search';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(120_000);

describeSystem('examples/quick.yaml', () => {
  it('trains to a complete answer', async () => {
    const fileName = join(__dirname, '../../../examples/quick.yaml');
    const spec = parseSweepFile(readFileSync(fileName, 'utf8'), { fileName });
    const system = await System.start();
    try {
      await system.startTrainer();
      const sweepId = await system.launch(spec);
      expect((await system.finished(sweepId)).state).toBe('completed');
      const { answer } = await system.answer(sweepId);
      const [stage] = answer.stages;
      expect(stage?.trials.map(({ n, planned }) => [n, planned])).toEqual(Array(4).fill([3, 3]));
      expect(stage?.best).not.toBeNull();
    } finally {
      await system.stop();
    }
  });
});

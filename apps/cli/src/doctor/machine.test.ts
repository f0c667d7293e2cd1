import { checkMemory, checkThreads, cpuFeatures } from './machine.js';

const GIBIBYTE = 2 ** 30;

test('features are those of the first processor that matter, widest first', () => {
  expect(cpuFeatures('processor: 0\nflags\t\t: fpu avx fma avx2 avx512f\nflags\t: sse')).toEqual([
    'avx512f',
    'avx2',
    'fma',
    'avx',
  ]);
  expect(cpuFeatures('Features\t: fp asimd')).toEqual(['asimd']);
  expect(cpuFeatures('nothing')).toBeNull();
  expect(cpuFeatures(null)).toBeNull();
});

test('memory for no training process is a problem, and says how many fit otherwise', () => {
  expect(checkMemory({ total: 2 * GIBIBYTE, available: 1 * GIBIBYTE }).status).toBe('problem');
  expect(checkMemory({ total: 999 * GIBIBYTE, available: 990 * GIBIBYTE })).toMatchObject({
    status: 'ok',
    remedy: null,
  });
});

test('thread settings of the environment are named as overridden', () => {
  expect(checkThreads({ OMP_NUM_THREADS: '8' }).detail).toContain(
    'OMP_NUM_THREADS=8 in your environment is overridden',
  );
  expect(checkThreads({}).detail).not.toContain('overridden');
});

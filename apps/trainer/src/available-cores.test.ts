import {
  allowedCores,
  CHILD_MEMORY_BYTES,
  cpuQuota,
  defaultChildren,
  memoryKills,
} from './available-cores.js';

it('starts one child per core as far as memory goes, and one at least', () => {
  expect(defaultChildren({ parallelism: 4, memoryBytes: 64e9 })).toBe(4);
  expect(defaultChildren({ parallelism: 64, memoryBytes: 3.5 * CHILD_MEMORY_BYTES })).toBe(3);
  expect(defaultChildren({ parallelism: 2, memoryBytes: 5e8 })).toBe(1);
});

it('reads the allowed cores, not the cores of the machine', () => {
  expect(allowedCores('Name:\tnode\nCpus_allowed_list:\t0-2,5,7-8\n')).toEqual([0, 1, 2, 5, 7, 8]);
  expect(allowedCores('Name:\tnode\n')).toBeNull();
  expect(allowedCores(null)).toBeNull();
});

it('reads a container’s quota in whole cores', () => {
  expect(cpuQuota('250000 100000\n')).toBe(2);
  expect(cpuQuota('50000 100000\n')).toBe(1);
  expect(cpuQuota('max 100000\n')).toBeNull();
  expect(cpuQuota(null)).toBeNull();
});

it('reads the kernel’s count of memory kills', () => {
  expect(memoryKills('nr_free_pages 1\noom_kill 17\n')).toBe(17);
  expect(memoryKills('nr_free_pages 1\n')).toBeNull();
});

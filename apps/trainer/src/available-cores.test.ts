import {
  allowedCores,
  CHILD_MEMORY_BYTES,
  cpuLimit,
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

describe('a processor quota', () => {
  const reader = (files: Readonly<Record<string, string>>) => (path: string) => files[path] ?? null;

  it('is read in whole cores in a container with control groups of version 2', () => {
    const limit = (cpuMax: string) => cpuLimit(reader({ '/sys/fs/cgroup/cpu.max': cpuMax }));
    expect(limit('250000 100000\n')).toBe(2);
    expect(limit('50000 100000\n')).toBe(1);
    expect(limit('max 100000\n')).toBeNull();
    expect(cpuLimit(reader({}))).toBeNull();
  });

  it.each(['cpu', 'cpu,cpuacct'])('is read in one with version 1 at %s', (mount) => {
    const limit = (quota: string) =>
      cpuLimit(
        reader({
          '/proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n0::/\n',
          [`/sys/fs/cgroup/${mount}/cpu.cfs_quota_us`]: quota,
          [`/sys/fs/cgroup/${mount}/cpu.cfs_period_us`]: '100000\n',
        }),
      );
    expect(limit('300000\n')).toBe(3);
    expect(limit('-1\n')).toBeNull();
  });

  it('is the narrowest of the groups around this process', () => {
    const files = {
      '/proc/self/cgroup': '1:cpu:/batch/job\n0::/\n',
      '/sys/fs/cgroup/cpu/batch/cpu.cfs_quota_us': '400000\n',
      '/sys/fs/cgroup/cpu/batch/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/batch/job/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/batch/job/cpu.cfs_period_us': '100000\n',
    };
    expect(cpuLimit(reader(files))).toBe(4);
    const sliced = {
      '/proc/self/cgroup': '0::/user.slice/job\n',
      '/sys/fs/cgroup/user.slice/cpu.max': '100000 50000',
    };
    expect(cpuLimit(reader(sliced))).toBe(2);
  });
});

it('reads the kernel’s count of memory kills', () => {
  expect(memoryKills('nr_free_pages 1\noom_kill 17\n')).toBe(17);
  expect(memoryKills('nr_free_pages 1\n')).toBeNull();
});

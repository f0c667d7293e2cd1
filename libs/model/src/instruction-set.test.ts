/** The numerics class must tell apart what computes differently, and only that. */
import { instructionSet } from './backend.js';

const AVX512 = 'fpu sse4_1 avx fma avx2 avx512f avx512dq avx512cd avx512bw avx512vl avx512_vnni';
const AVX2 = 'fpu sse4_1 avx fma avx2';
const whereItApplies = process.arch === 'x64' ? it : it.skip;

whereItApplies.each([
  [{}, AVX512, 'avx512'],
  [{}, AVX2, 'avx2'],
  // oneDNN needs all four of them.
  [{}, `${AVX2} avx512f avx512cd`, 'avx2'],
  [{}, 'fpu sse4_1 avx', 'avx'],
  [{}, '', 'sse'],
  [{ ONEDNN_MAX_CPU_ISA: 'AVX2' }, AVX512, 'avx2'],
  [{ ONEDNN_MAX_CPU_ISA: 'avx2_vnni_2' }, AVX512, 'avx2'],
  [{ ONEDNN_MAX_CPU_ISA: 'AVX' }, AVX512, 'avx'],
  [{ ONEDNN_MAX_CPU_ISA: 'SSE41' }, AVX512, 'sse41'],
  [{ ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_AMX' }, AVX512, 'avx512'],
  [{ ONEDNN_MAX_CPU_ISA: 'AVX512_CORE' }, AVX2, 'avx2'],
  [{ ONEDNN_MAX_CPU_ISA: 'AVX10_1_512' }, AVX512, 'avx512'],
  [{ ONEDNN_MAX_CPU_ISA: 'DEFAULT' }, AVX512, 'avx512'],
  [{ DNNL_MAX_CPU_ISA: 'AVX2' }, AVX512, 'avx2'],
])('%j on "%s" is %s', (environment, flags, expected) => {
  expect(instructionSet(environment, flags)).toBe(expected);
});

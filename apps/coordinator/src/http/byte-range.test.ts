import { byteRangeOf } from './byte-range.js';

const file = { etag: '"abc"', sizeBytes: 100 };
const part = (first: number, last: number) => ({ kind: 'part', first, last });
const whole = { kind: 'whole' };
const unsatisfiable = { kind: 'unsatisfiable' };

it.each<[string, object]>([
  ['bytes=0-', part(0, 99)],
  ['bytes=40-', part(40, 99)],
  ['bytes=40-59', part(40, 59)],
  ['bytes=40-4000', part(40, 99)],
  ['bytes=99-99', part(99, 99)],
  ['bytes=-10', part(90, 99)],
  ['bytes=-1000', part(0, 99)],
  ['bytes=100-', unsatisfiable],
  ['bytes=-0', unsatisfiable],
  ['bytes=999999999999999-', unsatisfiable],
  ['bytes=50-40', whole],
  ['bytes=-', whole],
  ['bytes=0-1,5-6', whole],
  ['bytes=1e2-', whole],
  ['bytes=9999999999999999-', whole],
  ['items=0-5', whole],
])('reads "%s"', (range, expected) => {
  expect(byteRangeOf({ range }, file)).toEqual(expected);
});

it('gives the whole file where none is asked for or the rest would belong to another file', () => {
  expect(byteRangeOf({}, file)).toEqual(whole);
  for (const validator of ['"abd"', 'W/"abc"', 'Mon, 23 Nov 2026 10:00:00 GMT', '']) {
    expect(byteRangeOf({ range: 'bytes=40-', 'if-range': validator }, file)).toEqual(whole);
  }
  expect(byteRangeOf({ range: 'bytes=40-', 'if-range': '"abc"' }, file)).toEqual(part(40, 99));
});

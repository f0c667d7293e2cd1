import { rebuildRecords } from './rebuild.js';

describe('rebuildRecords', () => {
  // Two images of two pixels: rows of the sheet are images, a record is label, red plane, green plane, blue plane.
  const sheet = { width: 2, height: 2, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) };

  it('puts the label first and takes the channels apart', () => {
    expect([...rebuildRecords(sheet, [6, 9])]).toEqual([6, 1, 4, 2, 5, 3, 6, 9, 7, 10, 8, 11, 9, 12]);
  });

  it('refuses labels that do not match the images', () => {
    expect(() => rebuildRecords(sheet, [6])).toThrow('the sheet holds 2 images but there are 1 labels');
  });
});

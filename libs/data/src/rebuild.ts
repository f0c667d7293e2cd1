/** Turns an image sheet and its labels into the records of the binary layout. */
import { TerminalError } from '@seedbed/contracts';
import { type RgbImage } from './png.js';

/**
 * One row of the sheet is one image, its pixels in row-major order; a record is the label, then all red, all green and
 * all blue values.
 *
 * @param labels one for each row of the sheet
 */
export function rebuildRecords(sheet: RgbImage, labels: readonly number[]): Buffer {
  if (labels.length !== sheet.height) {
    throw new TerminalError(`the sheet holds ${sheet.height} images but there are ${labels.length} labels`);
  }
  const planeBytes = sheet.width;
  const recordBytes = 1 + 3 * planeBytes;
  const records = Buffer.allocUnsafe(sheet.height * recordBytes);
  let source = 0;
  labels.forEach((label, image) => {
    const red = image * recordBytes + 1;
    const green = red + planeBytes;
    const blue = green + planeBytes;
    records[red - 1] = label;
    for (let pixel = 0; pixel < planeBytes; pixel += 1) {
      records[red + pixel] = sheet.pixels[source]!;
      records[green + pixel] = sheet.pixels[source + 1]!;
      records[blue + pixel] = sheet.pixels[source + 2]!;
      source += 3;
    }
  });
  return records;
}

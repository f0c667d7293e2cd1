/** Which images a run asks for, checked against what the files hold. Pure: usable before anything is fetched. */
import { type DataSettings, type ImageRange, InputError, type InputProblem } from '@seedbed/contracts';
import { CIFAR10, digestOf, type ImageFileLayout, trainImageCountOf } from './layout.js';

/** Everything wrong with the settings, an empty list when they can be loaded. Paths begin with `data.`. */
export function dataProblems(
  settings: DataSettings,
  layout: ImageFileLayout = CIFAR10,
): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  const digest = digestOf(layout);
  if (settings.set !== layout.name) {
    problems.push({ path: 'data.set', message: `is "${settings.set}"; the files are ${layout.name}` });
  }
  if (settings.digest !== digest) {
    problems.push({
      path: 'data.digest',
      message: `is ${settings.digest}; the digest of these ${layout.name} files is ${digest}`,
    });
  }
  problems.push(...rangeProblems('data.train', settings.train, layout));
  problems.push(...rangeProblems('data.validation', settings.validation, layout));
  if (overlap(settings.train, settings.validation)) {
    problems.push({
      path: 'data.validation',
      message:
        `images ${spell(settings.validation)} overlap the training images ${spell(settings.train)}; ` +
        'an image may be trained on or validated on, not both',
    });
  }
  return problems;
}

/** @throws InputError when the settings cannot be loaded from files of this layout */
export function requireLoadable(settings: DataSettings, layout: ImageFileLayout): void {
  const problems = dataProblems(settings, layout);
  if (problems.length > 0) throw new InputError(problems);
}

function rangeProblems(path: string, range: ImageRange, layout: ImageFileLayout): InputProblem[] {
  const available = trainImageCountOf(layout);
  if (range.first >= available) {
    const message = `is ${range.first}; images are counted from 0 to ${available - 1}`;
    return [{ path: `${path}.first`, message }];
  }
  if (range.first + range.count > available) {
    const message =
      `is ${range.count} from image ${range.first}; only ${available - range.first} images are left there ` +
      `(${layout.name} has ${available} training images)`;
    return [{ path: `${path}.count`, message }];
  }
  return [];
}

function overlap(a: ImageRange, b: ImageRange): boolean {
  return a.first < b.first + b.count && b.first < a.first + a.count;
}

function spell(range: ImageRange): string {
  return `${range.first}–${range.first + range.count - 1}`;
}

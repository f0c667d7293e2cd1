import { editDistance, nearestWord } from './nearest-word.js';

test.each([
  ['', '', 0],
  ['kitten', 'sitting', 3],
  ['lamda', 'lambda', 1],
  ['abc', '', 3],
])('edit distance of %p and %p', (a, b, expected) => expect(editDistance(a, b)).toBe(expected));

test.each([
  ['lamda', ['lambda', 'hidden'], 'lambda'],
  ['StepSize', ['steps', 'stepSize'], 'stepSize'],
  ['banana', ['lambda', 'hidden'], null],
  ['x', [], null],
])('nearest word to %p', (word, candidates, expected) =>
  expect(nearestWord(word, candidates)).toBe(expected),
);

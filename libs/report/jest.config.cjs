const preset = require('../../jest.preset.cjs')(__dirname);

// What linkedom needs is published as ES modules only.
const neededByLinkedom = [
  'css-select',
  'css-what',
  'domutils',
  'dom-serializer',
  'domelementtype',
  'domhandler',
  'entities',
  'htmlparser2',
  'boolbase',
  'nth-check',
  'cssomnom',
  'html-escaper',
  'uhyphen',
];
const [ignored] = preset.transformIgnorePatterns;

module.exports = {
  ...preset,
  transformIgnorePatterns: [ignored.replace('(?!(', `(?!(${neededByLinkedom.join('|')}|`)],
};

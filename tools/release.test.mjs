import { closeUnreleased, withVersion } from './release.mjs';

const CHANGELOG = '# Changelog\n\n## Unreleased\n\n- a thing\n\n## 0.1.0 (2026-01-01)\n\n- the first\n';

test('what was unreleased gets the version and its day, and the next release its place', () => {
  expect(closeUnreleased(CHANGELOG, { version: '0.2.0', date: '2026-02-03' })).toBe(
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-02-03)\n\n- a thing\n\n## 0.1.0 (2026-01-01)\n\n- the first\n',
  );
});

test('a release of which the changelog says nothing is refused', () => {
  const empty = CHANGELOG.replace('- a thing\n\n', '');
  expect(() => closeUnreleased(empty, { version: '0.2.0', date: '2026-02-03' })).toThrow('says nothing');
  expect(() => closeUnreleased('# Changelog\n', { version: '0.2.0', date: '' })).toThrow('no heading');
});

test('the version that results carry changes with it', () => {
  expect(withVersion("export const SEEDBED_VERSION = '0.1.0';", '0.2.0')).toContain("= '0.2.0';");
  expect(() => withVersion('nothing here', '0.2.0')).toThrow('SEEDBED_VERSION');
});

// Runs every project's tests in one jest process.
module.exports = {
  projects: [
    '<rootDir>/libs/*',
    '<rootDir>/apps/*',
    '<rootDir>/tools',
    '<rootDir>/bench',
    '<rootDir>/docker',
    '<rootDir>/k8s',
  ],
};

export { studentTCdf, studentTQuantile } from './student-t.js';
export { meanAccuracy, meanOf, medianOf, standardDeviationOf } from './moments.js';
export { meanInterval95 } from './mean-interval.js';
export { type RunStatistics, summariseRuns } from './summarise-runs.js';
export { summariseStage } from './summarise-stage.js';
export { decideRound } from './race/decide-round.js';
export { type AnswerInputs, buildAnswer } from './build-answer.js';
export { testLooksOf } from './test-looks.js';
export {
  bankWorld,
  finiteBankWorld,
  normalWorld,
  type NormalWorld,
  type ResultsBank,
  type World,
} from './simulation/worlds.js';
export { type Coverage, type CoverageOptions, simulateCoverage } from './simulation/coverage.js';
export { type RaceCoverage, type RaceCoverageOptions, simulateRaces } from './simulation/race-coverage.js';
export { type QuerySource, runQuery, selectAll } from './query/run-query.js';
export { TRIALS, trialRows } from './query/trial-rows.js';
export { type RunFacts, runFactsOf } from './query/run-facts.js';
export { RUNS, runRows } from './query/run-rows.js';

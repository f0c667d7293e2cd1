import { environmentOfCoordinator, environmentOfTrainers } from './part-environment.js';

const INHERITED = {
  PATH: '/usr/bin',
  SEEDBED_METRICS_LISTEN: '127.0.0.1:9464',
  SEEDBED_HEALTH_LISTEN: '127.0.0.1:7334',
  SEEDBED_TRAINER_ID: 'one',
  SEEDBED_TLS_CERTIFICATE: '/elsewhere.pem',
  SEEDBED_TLS_KEY: '/elsewhere.key',
  SEEDBED_LOCK_DURATION_MS: '9000',
};

it('gives several trainers no name and no port that only one can have', () => {
  expect(environmentOfTrainers(INHERITED)).toEqual({
    PATH: '/usr/bin',
    SEEDBED_TLS_CERTIFICATE: '/elsewhere.pem',
    SEEDBED_TLS_KEY: '/elsewhere.key',
    SEEDBED_LOCK_DURATION_MS: '9000',
  });
});

it('leaves the one coordinator its port for numbers, and no certificate but its own', () => {
  const environment = environmentOfCoordinator(INHERITED);
  expect(environment).toHaveProperty('SEEDBED_METRICS_LISTEN', '127.0.0.1:9464');
  expect(environment).not.toHaveProperty('SEEDBED_TLS_KEY');
  expect(environment).not.toHaveProperty('SEEDBED_TLS_CERTIFICATE');
});

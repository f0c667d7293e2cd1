// What must not be possible.
import { reachedBy } from './foreign-pods.mjs';
import { COORDINATOR, NAMESPACE, REDIS_POD } from './installation.mjs';

/**
 * @param {import('./steps.mjs').Step} step
 * @param {import('./installation.mjs').Installation} installation
 */
export async function checkRefusals(step, installation) {
  const { cluster } = installation;
  await step('a privileged pod is refused by Pod Security', async () => {
    const run = ['run', 'intruder', '--image=localhost/pause:1', '--privileged'];
    const { exitCode, stderr } = await cluster.tryKubectl('--namespace', NAMESPACE, ...run);
    expectRefusal(exitCode, stderr, /violates PodSecurity "restricted/);
  });
  await step('a wrong token and no token are refused by the coordinator', async () => {
    for (const token of ['f'.repeat(64), '']) {
      const { exitCode, stdout, stderr } = await installation.trySeedbed(['list'], token);
      expectRefusal(exitCode, stdout + stderr, /token/i);
    }
  });
  await step('the tokens of trainers and of the autoscaler open no sweep', async () => {
    for (const [file, key] of /** @type {const} */ ([
      ['trainer.env', 'SEEDBED_TOKEN'],
      ['scaler.env', 'token'],
    ])) {
      const { exitCode, stdout, stderr } = await installation.trySeedbed(
        ['list'],
        installation.secret(file, key),
      );
      expectRefusal(exitCode, stdout + stderr, /does not open GET \/v1\/sweeps/);
    }
  });
  await step('Redis refuses strangers, wrong passwords and what a role may not do', async () => {
    const redis = (/** @type {string[]} */ ...words) =>
      cluster.tryKubectl('--namespace', NAMESPACE, 'exec', REDIS_POD, '--', 'redis-cli', ...words);
    const trainer = new URL(installation.secret('trainer.env', 'REDIS_URL'));
    const asTrainer = ['--user', trainer.username, '--pass', trainer.password, '--no-auth-warning'];
    const cases = [
      { words: ['get', 'seedbed:sweeps'], answer: /NOAUTH/ },
      { words: ['--user', 'nobody', '--pass', trainer.password, 'ping'], answer: /WRONGPASS/ },
      { words: ['--user', trainer.username, '--pass', 'wrong', 'ping'], answer: /WRONGPASS/ },
      { words: [...asTrainer, 'get', 'seedbed:coordinator-lease'], answer: /NOPERM/ },
      { words: [...asTrainer, 'flushall'], answer: /NOPERM/ },
      { words: [...asTrainer, 'config', 'get', 'dir'], answer: /NOPERM/ },
    ];
    for (const { words, answer } of cases) {
      const { stdout, stderr } = await redis(...words);
      expectRefusal(1, stdout + stderr, answer);
    }
  });
  await step('a stranger in the namespace reaches nothing, a client the coordinator alone', async () => {
    const addresses = ['seedbed-coordinator:7333', 'seedbed-redis:6379', 'kubernetes.default.svc:443'];
    const cases = [
      { pod: { name: 'stranger', labels: {} }, reached: [false, false, false] },
      { pod: { name: 'client', labels: { 'seedbed-client': 'true' } }, reached: [true, false, false] },
      {
        pod: { name: 'like-a-trainer', labels: { 'app.kubernetes.io/component': 'trainer' } },
        reached: [true, true, false],
      },
    ];
    for (const { pod, reached } of cases) {
      const found = await reachedBy(installation, pod, addresses);
      if (String(found) !== String(reached)) throw new Error(`${pod.name} reaches ${found} of ${addresses}`);
    }
  });
  await step(
    'no pod has a ServiceAccount token, and none runs as root or can write to its image',
    async () => {
      const probe =
        'test ! -e /var/run/secrets/kubernetes.io && test "$(id -u)" != 0 && ! touch /app/x 2>/dev/null && ! touch /x 2>/dev/null';
      for (const target of [`deployment/${COORDINATOR}`, `pod/${REDIS_POD}`])
        await cluster.kubectl('--namespace', NAMESPACE, 'exec', target, '--', 'sh', '-c', probe);
    },
  );
}

/** @param {number} exitCode @param {string} said @param {RegExp} reason */
function expectRefusal(exitCode, said, reason) {
  if (exitCode === 0) throw new Error(`it was allowed: ${said}`);
  if (!reason.test(said)) throw new Error(`it was refused, but not for ${reason}: ${said}`);
}

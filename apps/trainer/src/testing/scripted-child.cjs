/**
 * A training child for tests: a real process with the real messages, whose results are a pure function of the settings
 * and whose faults are chosen by its one argument, a JSON object:
 *
 * - `faults`: seed → 'exit' | 'abort' | 'hoard' | 'hang' | 'throw' | 'throw-retryable' | 'garbage'; it happens when a pack with that seed is trained
 * - `faultsByHidden`: hidden units → one of these faults, 'segv' or 'diverge' (a healthy result whose loss is no number); it
 *   happens when such a run's turn comes (only with `runMs`)
 * - `blockMs`: computes synchronously for that long before the first result, as a long training step would
 * - `gate`: a path; results wait until something exists there (and every "window" says so)
 * - `gatedSeeds`: only these seeds wait at the gate; default all
 * - `numericsClass`: default `scripted-1`
 * - `journal`: a path; gets one JSON line per pack: process id and seeds
 * - `runMs`: [least, most]; trains its members one after another, each for a time between them that follows from its settings
 * - `runJournal`: a path; gets one JSON line when a run begins and one when it ends (only with `runMs`)
 * - `widths`: what it says it has measured; default nothing
 * - `environment`: a path; gets the child's environment as JSON
 * - `hoardOnSignal`: holds 400 MB from a SIGUSR2 on
 * - `refuse`: exits at once, as where no backend can be loaded
 */
const { createHash } = require('node:crypto');
const { appendFileSync, existsSync, writeFileSync } = require('node:fs');

const script = JSON.parse(process.argv[2] ?? '{}');
const WINDOW_MS = 10;

process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);
if (script.hoardOnSignal) process.on('SIGUSR2', () => (script.hoard = Buffer.alloc(400e6, 1)));
if (script.refuse) {
  console.error(script.refuse);
  process.exit(1);
}
if (script.environment) writeFileSync(script.environment, JSON.stringify(process.env));

const cancelled = new Set();
process.on('message', (message) => {
  if (message.type === 'cancel') for (const member of message.members) cancelled.add(member);
  else if (message.type === 'measure') process.send({ type: 'measured', widths: script.widths ?? [] });
  else train(message.packId, message.members);
});
process.send({
  type: 'hello',
  backend: 'scripted',
  tensorflow: null,
  numericsClass: script.numericsClass ?? 'scripted-1',
  fallbackReason: null,
});

function train(packId, members) {
  cancelled.clear();
  if (script.journal) {
    const seeds = members.map((member) => member.seed);
    appendFileSync(script.journal, `${JSON.stringify({ processId: process.pid, seeds })}\n`);
  }
  for (const { seed } of members) if (fault(script.faults?.[seed], packId) === 'over') return;
  if (script.blockMs) blockFor(script.blockMs);
  if (script.runMs) return void trainInTurn(packId, members, 0);
  const open = new Set(members.keys());
  const window = () => {
    for (const member of [...open]) {
      if (cancelled.has(member)) open.delete(member);
      else if (!isGated(members[member].seed)) {
        open.delete(member);
        const time = { trainingMs: 40, evaluationMs: 2 };
        process.send({ type: 'result', packId, member, result: resultOf(members[member]), time });
      }
    }
    if (open.size === 0) process.send({ type: 'done', packId, peakBytes: 1e9 });
    else {
      // A point may come twice, as after a crash.
      const validation = { accuracy: { correct: 1250, count: 5000 }, loss: 2, cost: 2.1 };
      const progress = { step: 1, steps: 4, points: [{ step: 1, validation }] };
      process.send({
        type: 'progress',
        packId,
        members: [...open].map((member) => ({ member, ...progress })),
      });
      setTimeout(window, WINDOW_MS);
    }
  };
  setImmediate(window);
}

function trainInTurn(packId, members, member) {
  if (member === members.length) return void process.send({ type: 'done', packId, peakBytes: 1e9 });
  if (cancelled.has(member)) return void setImmediate(trainInTurn, packId, members, member + 1);
  const kind = script.faultsByHidden?.[members[member].model?.hidden];
  if (fault(kind, packId) === 'over') return;
  const trained = resultOf(members[member]);
  const { weightsDigest } = trained;
  const result = kind === 'diverge' ? divergedFrom(trained) : trained;
  const [least, most] = script.runMs;
  const share = Number.parseInt(weightsDigest.slice(4, 8), 16) / 0xffff;
  const trainingMs = least + share * (most - least);
  const note = (phase) => {
    if (!script.runJournal) return;
    const line = {
      type: 'train',
      phase,
      atMs: Date.now(),
      processId: process.pid,
      run: weightsDigest,
      trainingMs,
    };
    appendFileSync(script.runJournal, `${JSON.stringify(line)}\n`);
  };
  note('start');
  process.send({ type: 'working', packId, note: null });
  setTimeout(() => {
    note('end');
    process.send({ type: 'result', packId, member, result, time: { trainingMs, evaluationMs: 0 } });
    trainInTurn(packId, members, member + 1);
  }, trainingMs);
}

function fault(kind, packId) {
  switch (kind) {
    case 'exit':
      console.error('scripted crash');
      process.exit(7);
      break;
    case 'segv':
      process.kill(process.pid, 'SIGSEGV');
      return 'over';
    case 'abort':
      process.abort();
      break;
    case 'hoard':
      // Held from here on.
      script.hoard = Buffer.alloc(400e6, 1);
      return 'over';
    case 'hang':
      return 'over';
    case 'garbage':
      process.send({ type: 'nonsense' });
      return 'over';
    case 'throw':
      process.send({ type: 'error', packId, message: 'scripted error', retryable: false });
      return 'over';
    case 'throw-retryable':
      process.send({ type: 'error', packId, message: 'data is away', retryable: true });
      return 'over';
  }
  return 'none';
}

function isGated(seed) {
  return (
    script.gate !== undefined && (script.gatedSeeds ?? [seed]).includes(seed) && !existsSync(script.gate)
  );
}

function blockFor(durationMs) {
  const end = Date.now() + durationMs;
  while (Date.now() < end);
}

function resultOf(settings) {
  const weightsDigest = createHash('sha256').update(JSON.stringify(settings)).digest('hex');
  const correct = Number.parseInt(weightsDigest.slice(0, 4), 16) % 5000;
  return {
    outcome: 'trained',
    validation: { correct, count: 5000 },
    curve: [{ step: 4, validation: { accuracy: { correct, count: 5000 }, loss: 1.5, cost: 1.6 } }],
    weightsDigest,
  };
}

function divergedFrom({ curve }) {
  return { outcome: 'diverged', step: 4, reason: 'the loss is not a number', curve };
}

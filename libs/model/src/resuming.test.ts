/** A run that begins from its own state at any window's end gets the bits of one that was trained through, in any company. */
import {
  decodeCheckpoint,
  encodeCheckpoint,
  InputError,
  runIdOf,
  type RunResult,
  type RunState,
  type TrainSettings,
} from '@seedbed/contracts';
import fc from 'fast-check';
import { type Backend, openBackend } from './backend.js';
import { PreparedData, type TrainingData } from './prepared-data.js';
import { trainPack } from './train-pack.js';
import { madeUpData, settingsOf } from './training.fixture.js';

const PROPERTY_RUNS = Number(process.env['SEEDBED_PROPERTY_RUNS'] ?? 6);

let native: Backend;
let wasm: Backend;
beforeAll(async () => {
  native = await openBackend({});
  wasm = await openBackend({ SEEDBED_KERNELS: 'wasm' });
});

const liveBefore = new Map<Backend, number>();
beforeEach(() => [native, wasm].forEach((backend) => liveBefore.set(backend, backend.kernels.liveCount())));
afterEach(() => {
  for (const backend of [native, wasm]) expect(backend.kernels.liveCount()).toBe(liveBefore.get(backend));
});

interface Trained {
  readonly results: ReadonlyMap<number, RunResult>;
  /** Per window's end, the bytes of each member's checkpoint. */
  readonly checkpoints: readonly ReadonlyMap<number, Uint8Array>[];
  /** Windows that were trained. */
  readonly windows: number;
}

interface Task {
  readonly backend: Backend;
  readonly data: TrainingData;
  readonly members: readonly TrainSettings[];
  readonly states?: readonly RunState[];
  /** Keep states of this member only. */
  readonly watched?: number;
}

async function train({ backend, data, members, states, watched }: Task): Promise<Trained> {
  const prepared = new PreparedData(backend.kernels, data, members[0]?.training.batchSize ?? 1);
  const results = new Map<number, RunResult>();
  const checkpoints: Map<number, Uint8Array>[] = [];
  const { numericsClass } = backend;
  let windows = 0;
  try {
    await trainPack({
      data: prepared,
      members,
      ...(states === undefined ? {} : { states }),
      loadTest: () => Promise.resolve(data.validation),
      onResult: (member, result) => results.set(member, result),
      onWindowEnd: (statesNow) => {
        windows += 1;
        const own = new Map<number, Uint8Array>();
        for (const [member, state] of statesNow()) {
          if (watched !== undefined && member !== watched) continue;
          own.set(member, encodeCheckpoint({ runId: runIdOf(members[member]!), numericsClass }, state));
        }
        checkpoints.push(own);
      },
    });
  } finally {
    prepared.dispose();
  }
  return { results, checkpoints, windows };
}

const stateIn = (bytes: Uint8Array | undefined): RunState => {
  if (bytes === undefined) throw new RangeError('no checkpoint');
  return decodeCheckpoint(bytes).state;
};

const small = madeUpData({ inputs: 48, classes: 10, train: 130, validation: 60 });

describe.each(['tensorflow', 'wasm'] as const)('on %s', (name) => {
  const backend = () => (name === 'wasm' ? wasm : native);

  // λ = 3 folds its scale at every window, 8 is beyond the deferred path; the epoch of 6 batches ends in a short window.
  it.each([0.01, 3, 8])('every state of a run at λ = %d leads to its result', async (lambda) => {
    const settings = settingsOf({
      lambda,
      cadence: 'epoch',
      train: true,
      test: true,
      cycles: 2,
      stepSize: 9,
    });
    const task = { backend: backend(), data: small, members: [settings] };
    const through = await train(task);
    expect(through.checkpoints.length).toBeGreaterThan(4);
    for (const [index, own] of through.checkpoints.entries()) {
      const resumed = await train({ ...task, states: [stateIn(own.get(0))] });
      expect(resumed.results).toEqual(through.results);
      // What is behind the state is not trained again.
      expect(resumed.windows).toBe(through.windows - index - 1);
    }
  });
});

it('refuses states of another run, of different steps, or inside of a window', async () => {
  const settings = settingsOf({ cadence: 'epoch' });
  const task = { backend: native, data: small, members: [settings] };
  const { checkpoints } = await train(task);
  const state = stateIn(checkpoints[1]?.get(0));
  const other = stateIn(checkpoints[0]?.get(0));
  const wrong: readonly (readonly [readonly TrainSettings[], readonly RunState[]])[] = [
    [[settingsOf({ cadence: 'epoch', hidden: 8 })], [state]],
    [[settingsOf({ cadence: 'end' })], [state]],
    [[settings], [{ ...state, curve: [] }]],
    [[settings], [{ ...state, step: state.step + 1 }]],
    [[settings], [{ ...state, step: 40 }]],
    [
      [settings, settings],
      [state, other],
    ],
    [[settings, settings], [state]],
  ];
  for (const [members, states] of wrong) {
    await expect(train({ ...task, members, states })).rejects.toThrow(InputError);
  }
});

// Real width of CIFAR-10; other company after the checkpoint than before it, of other sizes, seeds, λ and lengths.
it('goes on with the same bits in any company, from anywhere', async () => {
  const wide = madeUpData({ inputs: 3072, classes: 10, train: 700, validation: 60 });
  const member = fc.record({
    lambda: fc.constantFrom(0, 1e-5, 0.01, 0.635, 7),
    seed: fc.integer({ min: 0, max: 1000 }),
    hidden: fc.constantFrom(50, 50, 10, 37),
    stepSize: fc.integer({ min: 3, max: 12 }),
    cadence: fc.constantFrom('end' as const, 'cycle' as const, 'epoch' as const),
  });
  const company = fc.array(member, { maxLength: 6 });
  const subjects = fc.record({
    hidden: fc.constantFrom(50, 37),
    lambda: fc.constantFrom(0.01, 0.635, 7),
    cadence: fc.constantFrom('end' as const, 'epoch' as const),
  });
  const fits = (changes: object) => settingsOf({ ...changes, batchSize: 100 });
  await fc.assert(
    fc.asyncProperty(
      ...([subjects, company, company, fc.nat(), fc.nat(), fc.nat()] as const),
      async (own, before, after, place, placeAfter, when) => {
        const subject = fits({ ...own, stepSize: 11, seed: 42 });
        const task = { backend: native, data: wide };
        const alone = await train({ ...task, members: [subject], watched: 0 });
        const first = before.map(fits);
        const position = place % (first.length + 1);
        const members = [...first.slice(0, position), subject, ...first.slice(position)];
        const packed = await train({ ...task, members, watched: position });
        const chosen = when % alone.checkpoints.length;
        const bytes = packed.checkpoints[chosen]?.get(position);
        // The state itself does not depend on company either.
        expect(bytes).toEqual(alone.checkpoints[chosen]?.get(0));
        const state = stateIn(bytes);

        // Those who join it stand at the same step: runs of its own length or longer that were trained so far alone.
        const joining: { settings: TrainSettings; state: RunState }[] = [];
        for (const changes of after.slice(0, 3)) {
          const settings = fits({ ...changes, stepSize: 12 });
          const { checkpoints } = await train({ ...task, members: [settings], watched: 0 });
          const at = checkpoints[chosen]?.get(0);
          if (at !== undefined) joining.push({ settings, state: stateIn(at) });
        }
        const turn = placeAfter % (joining.length + 1);
        joining.splice(turn, 0, { settings: subject, state });
        const resumed = await train({
          ...task,
          members: joining.map(({ settings }) => settings),
          states: joining.map(({ state: begin }) => begin),
        });
        expect(resumed.results.get(turn)).toEqual(alone.results.get(0));
      },
    ),
    { numRuns: PROPERTY_RUNS },
  );
}, 600_000);

it('has at a rung what a run of the whole schedule has on its way, in the middle of a window and in company', async () => {
  const whole = settingsOf({ stepSize: 20, cycles: 1, cadence: 'epoch', lambda: 0.01 });
  const data = madeUpData({ inputs: 9, classes: 3, train: 200, validation: 50 });
  // Ten batches an epoch, cut into windows: 10 ends a window, 17 does not.
  for (const until of [10, 17]) {
    const rung = { ...whole, training: { ...whole.training, until } };
    for (const backend of [native, wasm]) {
      const { results } = await train({ backend, data, members: [whole, rung] });
      const alone = await train({ backend, data, members: [rung] });
      const [through, short] = [results.get(0), results.get(1)];
      expect(alone.results.get(0)).toEqual(short);
      if (through?.outcome !== 'trained' || short?.outcome !== 'trained') throw new Error('not trained');
      const points = short.curve.filter(({ step }) => step % 10 === 0);
      expect(points).toEqual(through.curve.filter(({ step }) => step <= until));
      expect(short.curve.at(-1)!.step).toBe(until);
      expect(short.weightsDigest).not.toBe(through.weightsDigest);
    }
  }
});

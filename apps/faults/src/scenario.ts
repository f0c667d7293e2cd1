/** What a kind of disturbance says of itself. Each is one file in scenarios/, listed in scenarios/index.ts. */
import type { SweepSpec } from '@seedbed/contracts';
import type { Recovery } from './history.js';
import type { Profile } from './profiles.js';
import type { Random } from './random.js';
import type { SweepSize } from './sweeps.js';
import type { System, SystemOptions } from './system.js';
import type { Verdict } from './verdict.js';

export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Every kind of fault that it injects; a verdict fails when one of them was never hit. */
  readonly kinds: readonly string[];
  /** How many faults: in the full campaign, and with the tests. */
  readonly counts: { readonly full: number; readonly test: number };
  /** So many faults hit one system before it is looked at and a fresh one takes its place. */
  readonly faultsPerRound: number;
  /** Seconds that a fault costs on one core, for the estimate. */
  readonly secondsPerFault: number;
  /** The faults hit independently of each other, so that none lost in N bounds the risk by 3/N. */
  readonly independent: boolean;
  /** @default long */
  readonly sweep?: SweepSize;
  /** A sweep of its own for every fault, whose number `prepare` gets. @default false */
  readonly sweepPerFault?: boolean;
  readonly system?: Partial<
    Pick<
      SystemOptions,
      'trainers' | 'appendFsync' | 'childScript' | 'proxied' | 'isolated' | 'startServer' | 'environment'
    >
  >;
  /** Longest time for a sweep, where faults last longer than the profile's allows. */
  readonly sweepDeadlineMs?: number;
  /** Why this machine cannot play it, for people; null when it can. */
  skip?(): string | null;
  /** Where it needs other lengths of runs, locks or pauses than the profile's. */
  readonly timing?: Partial<Omit<Profile, 'name'>>;
  /** Before a sweep is launched. */
  prepare?(context: FaultContext): Promise<void>;
  /**
   * Injects one fault while a sweep is under way, and heals it. Null: there was nothing to hit just now; it is asked again.
   */
  inject(context: FaultContext): Promise<InjectedFault | null>;
  /** After the last fault: what was opened for the round (proxies, namespaces) is closed. */
  conclude?(system: System): Promise<void>;
  /**
   * What must have happened at least once, by the number of faults from which on it cannot have been chance that it did not: a
   * fault that nobody felt proves nothing.
   */
  readonly expects?: Partial<Record<'recovered' | 'duplicates' | 'refused' | 'retrained', number>>;
  /** What it asks of all its rounds together beyond the promise that all share. @returns what is wrong */
  demand?(verdict: Verdict): string[];
}

export interface FaultContext {
  readonly system: System;
  /** The sweep that is disturbed, or launched next. */
  readonly spec: SweepSpec;
  /** The round's; every choice comes from it, so that its seed repeats the round's faults. */
  readonly random: Random;
  /** Counted from 0 over the whole scenario. */
  readonly faultIndex: number;
  /** Aborted when the sweep is over: no fault is needed any more. */
  readonly sweepOver: AbortSignal;
}

export interface InjectedFault {
  /** One of the scenario's kinds. */
  readonly kind: string;
  /** What was hit, for people. */
  readonly target: string;
  /**
   * What ends its effect: the next claim of each block that these processes held, or the next event of a type. Null: not
   * measured.
   */
  readonly recovery: Recovery | null;
}

/** What a person can do to a sweep; each is a POST of the same name, harmless when repeated. */
export const SWEEP_ACTIONS = ['pause', 'resume', 'cancel', 'retry'] as const;
export type SweepAction = (typeof SWEEP_ACTIONS)[number];

/**
 * How the error that a race may make altogether is shared out over its looks, by Lan and DeMets ("Discrete sequential
 * boundaries for clinical trials", Biometrika 70, 1983): after a look with the share t of all seeds, α · ln(1 + (e − 1) t)
 * is spent, their function that resembles Pocock's boundaries. The function that resembles O'Brien and Fleming's spends
 * next to nothing at first; a race saves by dropping trials early, so that would be the wrong economy here.
 *
 * Each look may use what is spent since the one before, whatever happened there (the union bound). Boundaries that use how
 * much two looks have in common would be somewhat narrower, but they exist for one comparison with a known spread, not for
 * the largest of several over one that is estimated.
 */
export function errorSharesOf(looks: readonly number[]): number[] {
  const last = looks.at(-1)!;
  const spent = looks.map((seeds) => Math.log1p((Math.E - 1) * (seeds / last)));
  return spent.map((upTo, look) => upTo - (spent[look - 1] ?? 0));
}

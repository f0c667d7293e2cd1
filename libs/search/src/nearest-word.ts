/** The word that a misspelt one was probably meant to be. */

/** A share of the longer word's letters that may differ before two words are no longer taken for each other. */
const DIFFERENT_SHARE_MAX = 0.4;

/** The nearest candidate by edit distance, first one on ties; null when none is near. Case is no difference. */
export function nearestWord(word: string, candidates: Iterable<string>): string | null {
  let nearest: string | null = null;
  let nearestDistance = Infinity;
  for (const candidate of candidates) {
    const longest = Math.max(word.length, candidate.length);
    // The lengths alone bound the distance from below: a hostile 200 KB key costs nothing.
    if (Math.abs(word.length - candidate.length) > longest * DIFFERENT_SHARE_MAX) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= longest * DIFFERENT_SHARE_MAX && distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** Levenshtein distance: the fewest insertions, deletions and replacements of letters between two words. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

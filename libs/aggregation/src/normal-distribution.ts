/**
 * P(Z ≤ z) of the standard normal distribution, by Hart's rational approximation 5666 as given by G. West, "Better
 * approximations to cumulative normal functions", Wilmott (2005); absolute error below 1e-15.
 */
export function normalCdf(z: number): number {
  const tail = upperTail(Math.abs(z));
  return z > 0 ? 1 - tail : tail;
}

/** Beyond it the tail is below the smallest number. */
const DISTANCE_MAX = 37;
/** Where the continued fraction becomes the better one. */
const FRACTION_FROM = 7.07106781186547;
const NUMERATOR = [
  0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376,
];
const DENOMINATOR = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];
const ROOT_TWO_PI = 2.506628274631;

function upperTail(z: number): number {
  if (z > DISTANCE_MAX) return 0;
  const exponential = Math.exp((-z * z) / 2);
  if (z < FRACTION_FROM) return (exponential * polynomial(NUMERATOR, z)) / polynomial(DENOMINATOR, z);
  const fraction = z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))));
  return exponential / (fraction * ROOT_TWO_PI);
}

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], z: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * z + coefficient;
  return value;
}

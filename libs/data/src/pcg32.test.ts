import { Pcg32, shuffledIndices } from './pcg32.js';

// Output of the generator's author's demonstration program, seed 42, sequence 54, round 1.
const PUBLISHED_NUMBERS = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e];
const PUBLISHED_COINS = 'HHTTTHTHHHTHTTTHHHHHTTTHHHTHTHTHTTHTTTHHHHHHTTTTHHTTTTTHTTTTTTTHT';
const PUBLISHED_ROLLS = '3 4 1 1 2 2 3 2 4 3 2 4 3 3 5 2 3 1 3 1 5 1 4 1 5 6 4 6 6 2 6 3 3';
const PUBLISHED_CARDS =
  'Qd Ks 6d 3s 3d 4c 3h Td Kc 5c Jh Kd Jd As 4s 4h Ad Th Ac Jc 7s Qs 2s 7h Kh 2d 6c Ah 4d Qh 9h 6s 5s 2c 9c Ts ' +
  '8d 9s 3c 8c Js 5d 2h 6h 7d 8s 9d 5h 8h Qc 7c Tc';

describe('Pcg32', () => {
  it('gives the published numbers, coins, rolls and shuffled cards', () => {
    const generator = new Pcg32(42);
    expect(PUBLISHED_NUMBERS.map(() => generator.next())).toEqual(PUBLISHED_NUMBERS);
    const coins = [...PUBLISHED_COINS].map(() => (generator.below(2) === 1 ? 'H' : 'T'));
    expect(coins.join('')).toBe(PUBLISHED_COINS);
    const rolls = PUBLISHED_ROLLS.split(' ').map(() => generator.below(6) + 1);
    expect(rolls.join(' ')).toBe(PUBLISHED_ROLLS);
    const cards = Array.from({ length: 52 }, (_, i) => 'A23456789TJQK'[Math.floor(i / 4)]! + 'hcds'[i % 4]!);
    for (let i = 52; i > 1; i -= 1) {
      const chosen = generator.below(i);
      [cards[chosen], cards[i - 1]] = [cards[i - 1]!, cards[chosen]!];
    }
    expect(cards.join(' ')).toBe(PUBLISHED_CARDS);
  });
});

describe('shuffledIndices', () => {
  it('is a permutation that the seed decides', () => {
    const once = shuffledIndices(1_000, 7);
    expect([...once].sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(shuffledIndices(1_000, 7)).toEqual(once);
    expect(shuffledIndices(1_000, 8)).not.toEqual(once);
  });

  it('gives the same order for ever: another order is another result under the same run id', () => {
    expect([...shuffledIndices(10, 1)]).toEqual([5, 3, 6, 0, 2, 8, 1, 9, 4, 7]);
  });

  it('handles zero and one', () => {
    expect([...shuffledIndices(0, 1)]).toEqual([]);
    expect([...shuffledIndices(1, 1)]).toEqual([0]);
  });

  it('reaches every order of three about equally often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6_000; seed += 1) {
      const order = shuffledIndices(3, seed).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 1,000 expected, standard deviation 29: five of them either way.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(145);
  });
});

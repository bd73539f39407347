/** Student's t distribution, through the regularised incomplete beta function. */

// Lanczos' series, g = 7 with nine terms (Godfrey 2001): relative error below 1e-14 for x > 0.
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7
]

/** ln Gamma(x) for x > 0. */
export const logGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const shifted = x - 1
  const series = lanczos.reduce((sum, c, k) => (k === 0 ? c : sum + c / (shifted + k)), 0)
  const t = shifted + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(series)
}

const tiny = 1e-300

// The continued fraction of I_x(a, b), by Lentz's method (Press et al. 2007, section 6.4); converges fast for x < (a +
// 1) / (a + b + 2).
const fraction = (x: number, a: number, b: number): number => {
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    h *= d * c
    if (Math.abs(d * c - 1) < Number.EPSILON) break
  }
  return h
}

/**
 * The regularised incomplete beta function I_x(a, b) for a, b > 0 and x in [0, 1], given as x and `rest` = 1 - x so
 * that neither end loses digits; NaN outside.
 */
export const incompleteBeta = (x: number, rest: number, a: number, b: number): number => {
  if (!(a > 0 && b > 0 && x >= 0 && rest >= 0)) return Number.NaN
  if (x === 0) return 0
  if (rest === 0) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest))
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(rest, b, a)) / b
}

/** P(|T| > |t|) for `df` > 0 degrees of freedom, which need not be whole; exact in the far tails too. */
export const twoSidedT = (t: number, df: number): number => {
  if (!(df > 0) || Number.isNaN(t)) return Number.NaN
  if (Math.abs(t) === Infinity) return 0
  const square = t * t
  return incompleteBeta(df / (df + square), square / (df + square), df / 2, 0.5)
}

/** P(T <= t). */
export const cumulativeT = (t: number, df: number): number => {
  const tail = twoSidedT(t, df) / 2
  return t > 0 ? 1 - tail : tail
}

/** The t > 0 with P(|T| <= t) = `level`, by bisection; NaN unless 0 < level < 1. */
export const intervalT = (level: number, df: number): number => {
  if (!(level > 0 && level < 1 && df > 0)) return Number.NaN
  let high = 1
  while (twoSidedT(high, df) > 1 - level && high < 1e300) high *= 2
  let low = 0
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (twoSidedT(middle, df) > 1 - level) low = middle
    else high = middle
  }
  return (low + high) / 2
}

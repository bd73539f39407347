/** Restriction of values to an interval. */

/** min(1, max(0, x)); NaN stays NaN. */
export const clip01 = (x: number): number => Math.min(1, Math.max(0, x))

/** Teaching effectiveness of Table 3: whether intervening pays, from branched simulations. */

/** What one pair of returns adds: 1 where the treated branch is better, 0.5 where they are equal, 0 where it is worse; NaN of NaN. */
export const superiority = (treated: number, control: number): number =>
  treated > control ? 1 : treated === control ? 0.5 : treated < control ? 0 : Number.NaN

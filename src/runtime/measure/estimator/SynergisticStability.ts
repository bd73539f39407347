/** Synergistic stability, SS (Li & Song 2025, eq. 13): how well a team holds up when the environment changes. */
import { meanOfDefined } from "./Aggregate.ts"
import type { Aggregate } from "./Aggregate.ts"

/** What was measured under one shift. */
export interface UnderShift {
  /** Share of episodes that reached the goal. */
  readonly success: number
  /** Collisions per step. */
  readonly collisionRate: number
  /** Expected calibration error of the AI's actions. */
  readonly calibrationError: number
}

/** (success - collisionRate - calibrationError + 2) / 3, in [0, 1]. */
const stability = (shift: UnderShift): number => (shift.success - shift.collisionRate - shift.calibrationError + 2) / 3

/** SS: the mean over shifts; a shift of which a value is NaN is dropped. NaN without a shift. */
export const synergisticStability = (shifts: ReadonlyArray<UnderShift>): Aggregate =>
  meanOfDefined(shifts.map(stability))

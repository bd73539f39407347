/** How likely a run of one method beats a run of another (Agarwal et al. 2021). */
import { mean } from "../Statistics.ts"
import { varghaDelaney } from "./VarghaDelaney.ts"

/** One task's values of both methods, one per seed. */
export interface TaskScores {
  readonly left: ArrayLike<number>
  readonly right: ArrayLike<number>
}

/**
 * The mean over tasks (environment and shifts, say) of P(left > right) + 0.5 P(equal); NaN without tasks or where a
 * task's is.
 */
export const probabilityOfImprovement = (tasks: ReadonlyArray<TaskScores>): number =>
  mean(tasks.map(({ left, right }) => varghaDelaney(left, right)))

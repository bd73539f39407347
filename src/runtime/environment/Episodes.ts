/** What is counted of played episodes, whoever plays them. */

/** What happened in each episode, in the order of the episodes. */
export interface Episodes {
  /** 1 where the goal was reached. */
  readonly success: Uint8Array
  /** The horizon where it was not. */
  readonly steps: Int32Array
  readonly collisions: Int32Array
  /** Tokens sent that are not silence. */
  readonly tokens: Int32Array
  /** Sum of the rewards, undiscounted and not scaled. */
  readonly reward: Float64Array
  /** Steps of the best plan from the start. */
  readonly best: Int32Array
}

/** Counters at zero for `count` episodes. */
export const makeEpisodes = (count: number): Episodes => ({
  success: new Uint8Array(count),
  steps: new Int32Array(count),
  collisions: new Int32Array(count),
  tokens: new Int32Array(count),
  reward: new Float64Array(count),
  best: new Int32Array(count)
})

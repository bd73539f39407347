/** What a rollout earned, per step [rows, 1]: constants of an update. Rewards are scaled for learning. */
import { tensor } from "./Expression.ts"

/** The reward of the step. */
export const reward = tensor((context) => context.earned("reward"))
/** The discounted return from the step on, as the critic completes it: advantage + value (Schulman et al. 2016). */
export const returns = tensor((context) => context.earned("return"))
/** What the critic expected before the step. */
export const value = tensor((context) => context.earned("value"))
/** Return less value, standardised over the rollout. */
export const advantage = tensor((context) => context.advantage)

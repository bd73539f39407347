/** The public runtime: what a compiled pipeline is written in. */
export * as Agent from "./agent/Agent.ts"
export * as Budget from "./loss/Budget.ts"
export * as Claim from "./Claim.ts"
export * as Contract from "./environment/Contract.ts"
export * as Engine from "./engine/Engine.ts"
export * as Instructor from "./agent/Instructor.ts"
export * as Mapper from "./agent/Mapper.ts"
export * as MapTalk from "./environment/maptalk/MapTalk.ts"
export * as Objective from "./loss/Objective.ts"
export * as Pipeline from "./Pipeline.ts"
export * as Play from "./Play.ts"
export * as Random from "./random/Random.ts"
export * as Progress from "./Progress.ts"
export * as Protocol from "./agent/Protocol.ts"
export * as Schedule from "./train/Schedule.ts"
export * as Stage from "./Stage.ts"
export * as Store from "./store/Store.ts"
export * as Study from "./Study.ts"
export * as Training from "./train/Training.ts"
export { cca } from "./loss/CanonicalCorrelation.ts"
export { entropy } from "./loss/Entropy.ts"
export { kl } from "./loss/Kl.ts"
export { ppo } from "./loss/Ppo.ts"
export { w2 } from "./loss/Wasserstein.ts"
export {
  abs,
  add,
  clip,
  divide,
  exp,
  hinge,
  log,
  maximum,
  mean,
  minimum,
  multiply,
  negate,
  number,
  scheduled,
  sqrt,
  square,
  stopGradient,
  subtract,
  sum,
  total
} from "./loss/Arithmetic.ts"

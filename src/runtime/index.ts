/** The public runtime: what a compiled pipeline is written in. */
export * as Agent from "./agent/Agent.ts"
export * as Budget from "./loss/Budget.ts"
export * as Claim from "./Claim.ts"
export * as CodeEnvironment from "./environment/CodeEnvironment.ts"
export * as CodeMetric from "./measure/CodeMetric.ts"
export * as CodeTerm from "./loss/CodeTerm.ts"
export * as Contract from "./environment/Contract.ts"
export * as Earned from "./loss/Earned.ts"
export * as Engine from "./engine/Engine.ts"
export * as Expression from "./loss/Expression.ts"
export * as Imitation from "./train/Imitation.ts"
export * as Instructor from "./agent/Instructor.ts"
export * as LatentNavigator from "./environment/navigator/LatentNavigator.ts"
export * as Mapper from "./agent/Mapper.ts"
export * as MapTalk from "./environment/maptalk/MapTalk.ts"
export * as Objective from "./loss/Objective.ts"
export * as Operations from "./graph/Operations.ts"
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
export { brier } from "./loss/BrierScore.ts"
export { cca } from "./loss/CanonicalCorrelation.ts"
export { cka } from "./loss/KernelAlignment.ts"
export { cosine, dot, norm } from "./loss/InnerProduct.ts"
export { crossEntropy } from "./loss/CrossEntropy.ts"
export { at, ema, lag } from "./loss/Time.ts"
export { entropy } from "./loss/Entropy.ts"
export { everyCopy, everyStep, largest, least, over, quantile, varianceOf as variance } from "./loss/Reduction.ts"
export { hsic } from "./loss/IndependenceCriterion.ts"
export { js } from "./loss/JensenShannon.ts"
export { kl } from "./loss/Kl.ts"
export { logProbability, negativeLogLikelihood } from "./loss/LogProbability.ts"
export { mmd } from "./loss/MaximumMeanDiscrepancy.ts"
export { mse } from "./loss/MeanSquaredError.ts"
export { mutualInformation } from "./loss/MutualInformation.ts"
export { oneHot, softmax } from "./loss/Shares.ts"
export { paired } from "./loss/Paired.ts"
export { ppo } from "./loss/Ppo.ts"
export { sinkhorn } from "./loss/Sinkhorn.ts"
export { w2 } from "./loss/Wasserstein.ts"
export {
  abs,
  add,
  clip,
  divide,
  equal,
  exp,
  greater,
  greaterEqual,
  hinge,
  less,
  lessEqual,
  log,
  maximum,
  mean,
  minimum,
  multiply,
  negate,
  number,
  power,
  scheduled,
  sqrt,
  square,
  stopGradient,
  subtract,
  sum,
  total,
  where
} from "./loss/Arithmetic.ts"

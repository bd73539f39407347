/** A whole file that the tests change in one place at a time. */
import { analyse } from "../../../src/dsl/index.ts"
import type { Program } from "../../../src/dsl/index.ts"
import { shipped } from "../../../src/runtime/environment/Shipped.ts"

export const catalogue = { environments: shipped }

export const experiment = `use std.ppo
environment map = MapTalk {
  grid 8 by 8
  horizon 80 steps
  shift dense { obstacles 0.35 .. 0.45 }
  shift noisy { human.noise { flip 10 % } }
}
agent ai plays map.navigator { sees egocentric, heading, human.message policy gru(64) }
agent human plays map.guide {
  sees full
  says { N, E, S, W, J }
  policy gru(32)
  prior compass(2.2)
  noise { flip 5 % }
}
define doubled(x: tensor) = x + x
term calm = mean(doubled(entropy(ai.policy)))
term warm = mean(entropy(human.policy))
budget ai_drift: kl(ai.policy || ai.prior) <= 1.0 nats by dual(0.05)
budget human_drift: kl(human.policy || human.prior) <= 2.0 nats by dual(0.07)
objective bica = ppo(ai) + ppo(human, clip 0.3) - 0.01 * calm - 0.02 * warm within ai_drift, human_drift
objective one_way = ppo(ai) - 0.03 * calm within ai_drift freezing human
stage train(objective o) {
  repeat 300 times {
    rollout 128 environments for 16 steps
    update human, ai jointly { rate 0.004 -> 0.0004 over 250 updates }
    ascend budgets
  }
  checkpoint every 20
}
stage test after train { play 2048 episodes on map, dense, noisy measure success, steps }
stage oracles { play 512 episodes on map, dense by map.random, map.planner measure steps }
study main { seeds 13, 42 compare bica, one_way }
claim quick: steps(bica on dense) <= 1.10 * steps(map.planner on dense) with 95 % confidence
`

/** The experiment with `old` replaced by `now` in its only place. */
export const changed = (old: string, now: string): string => {
  if (experiment.split(old).length !== 2) throw new Error(`${old} is not there exactly once`)
  return experiment.replace(old, () => now)
}

export const codes = (text: string): ReadonlyArray<string> =>
  analyse({ name: "file.bica", text }, catalogue).diagnostics.map((one) => one.code)

export const program = (text: string): Program => {
  const { diagnostics, program } = analyse({ name: "file.bica", text }, catalogue)
  if (program === undefined) throw new Error(diagnostics.map((one) => `${one.code} ${one.cause}`).join("\n"))
  return program
}

/** A file that says all there is to say of what stands between two agents. */
export const alignment = `use std.ppo
use std.alignment
environment map = MapTalk { shift dense { obstacles 0.35 .. 0.45 } }
agent ai plays map.navigator {
  sees heading, human.message
  says 8 codes
  policy gru(64)
}
agent human plays map.guide {
  sees full, ai.message, coach.advice
  says { N, E, S, W, J }
  policy gru(32)
  prior compass(2.2)
}
protocol codes for ai { gumbel_softmax(16), temperature 1.0 -> 0.3 by 0.99 per update }
mapper bridge from human to ai { mlp(48) }
instructor coach for human { sees full gives { none, hint } policy mlp(24) }
term ib = mean(kl(codes.message given codes.code || codes.message))
term rep = w2(bridge(human.latent), stop_gradient(ai.latent))^2 + (1 - cca(human.latent, ai.latent))
term teach = mean(coach.intervenes)
term spoken = mean(codes.speaks)
budget human_drift: kl(human.policy || human.prior) <= 2.0 nats by dual(0.05)
objective bica = ppo(ai) + ppo(human) + ppo(coach, entropy 0) + 0.01 * ib + 0.05 * rep + 0.02 * teach + 0.005 * spoken within human_drift
objective silent = ppo(ai) + ppo(human) + 0.05 * rep within human_drift freezing codes, coach
objective one_way = ppo(ai) freezing human, codes, bridge, coach
stage train(objective o) {
  repeat 10 times {
    rollout 8 environments
    update human, ai, codes, bridge, coach jointly
    ascend budgets
  }
}
stage test after train { play 16 episodes on map, dense measure success }
stage oracles { play 16 episodes on map by map.planner measure success }
study main { seeds 13 }
`

/** The alignment file with `old` replaced by `now` in its only place. */
export const realigned = (old: string, now: string): string => {
  if (alignment.split(old).length !== 2) throw new Error(`${old} is not there exactly once`)
  return alignment.replace(old, () => now)
}

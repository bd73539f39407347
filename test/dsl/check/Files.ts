/** A whole file that the tests change in one place at a time. */
import { analyse } from "../../../src/dsl/index.ts"
import type { Program } from "../../../src/dsl/index.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"

export const catalogue = { environments: [MapTalk] }

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

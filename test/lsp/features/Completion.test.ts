import { describe, expect, it } from "vitest"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"
import { completions } from "../../../src/lsp/features/Completion.ts"
import { bica, inBica, inMaptalk, maptalk, marked, offered, place, snapshot } from "../Marked.ts"

const declarations = [
  "use",
  "environment",
  "agent",
  "protocol",
  "mapper",
  "instructor",
  "term",
  "define",
  "budget",
  "objective",
  "stage",
  "study",
  "claim"
]
const statements = ["imitate", "fit", "repeat", "rollout", "update", "ascend", "checkpoint", "play", "measure"]

describe("words of the grammar", () => {
  it("offers declarations in an empty file, after a whole one, and over a word that is begun", () => {
    expect(offered("▮")).toStrictEqual(declarations)
    expect(offered(`${maptalk}\n▮`)).toStrictEqual(["by", "assuming", ...declarations])
    expect(offered(`${maptalk}\nenv▮`)).toStrictEqual(["by", "assuming", ...declarations])
  })

  it("offers statements in a stage, and clauses in a study", () => {
    expect(offered(inMaptalk("ascend budgets", "▮"))).toStrictEqual(statements)
    expect(offered("study a {\n  ▮\n}")).toStrictEqual(["from", "seeds", "compare", "vary", "without"])
  })

  it("puts what goes on with the line before what begins another", () => {
    expect(offered(inMaptalk("within ai_drift, human_drift", "▮"))).toStrictEqual([
      "within",
      "freezing",
      "silencing",
      ...declarations
    ])
  })

  it("offers nothing where a new name stands, in a comment, in a number and in a quotation", () => {
    expect(offered("agent ▮")).toStrictEqual([])
    expect(offered("// use ▮")).toStrictEqual([])
    expect(offered("study a { seeds 13▮ }")).toStrictEqual([])
    expect(offered('use "./x▮"')).toStrictEqual([])
  })

  it("offers a clause once", () => {
    expect(offered("agent ai plays map.navigator {\n  sees full\n  ▮\n}")).toStrictEqual(["says"])
  })
})

describe("names of the file", () => {
  it("offers what a stage trains for and on, and the trainings and stages that left a team", () => {
    const file = `${maptalk}\nstage taught { imitate planner by human until 9 updates }\nstage more(objective o) after train { repeat 2 times { rollout 8 environments  update ai } }\n`
    expect(offered(`${file}stage settle for ▮`)).toStrictEqual(["bica", "one_way"])
    expect(offered(`${file}stage hard(objective o) { repeat 2 times { rollout 8 environments on ▮`)).toContain("dense")
    expect(offered(`${file}claim a: success(bica after ▮`)).toStrictEqual(["train", "more"])
    const subjects = offered(`${file}claim a: success(▮) > 0`)
    expect(subjects).toContain("taught")
    expect(subjects).not.toContain("test")
  })

  it("offers the views of a quantity where one stands", () => {
    // and the word of a learned weight, which the grammar allows wherever a number may stand
    const views = ["silence", "unadvised", "learned"]
    expect(offered(`${maptalk}\nterm a = paired(ai.policy, ▮)`)).toStrictEqual(views)
    expect(offered(`${maptalk}\nterm a = mean(kl(ai.policy || paired(min(ai.policy, 1), ▮))`)).toStrictEqual(views)
    expect(offered(`${maptalk}\nterm a = mean(paired(ai.policy, silence), ▮)`)).not.toContain("silence")
    expect(offered(`${maptalk}\nterm a = paired(▮)`)).not.toContain("silence")
  })

  it("offers objectives to compare, without those that are listed", () => {
    expect(offered(inMaptalk("compare bica, one_way", "compare ▮"))).toStrictEqual(["bica", "one_way"])
    expect(offered(inMaptalk("compare bica, one_way", "compare bica, ▮"))).toStrictEqual(["one_way"])
  })

  it("offers budgets, stages, agents and conditions where each belongs", () => {
    expect(offered(inMaptalk("within ai_drift, human_drift", "within ▮"))).toStrictEqual(["ai_drift", "human_drift"])
    expect(offered(inMaptalk("after train", "after ▮"))).toStrictEqual(["train", "oracles"])
    expect(offered(inMaptalk("human, ai jointly", "human, ▮"))).toStrictEqual(["ai"])
    expect(offered(inMaptalk("ascend budgets", "ascend ▮"))).toStrictEqual(["budgets", "ai_drift", "human_drift"])
    expect(offered(inMaptalk("on map, dense, large, noisy", "on map, ▮"))).toStrictEqual([
      "dense",
      "large",
      "noisy",
      "map.dense",
      "map.large",
      "map.noisy"
    ])
  })

  it("offers quantities, terms, own functions and their parameters in expressions", () => {
    const text = `${maptalk}
define near(x: scalar) = x
term calm = near(1)
term other = ▮`
    expect(offered(text)).toStrictEqual(expect.arrayContaining(["calm", "near", "ai.policy", "human.latent", "kl"]))
    expect(offered(text)).not.toContain("x")
    expect(offered("define near(x: scalar, at: tensor) = ▮").slice(0, 2)).toStrictEqual(["x", "at"])
    expect(offered(inMaptalk("kl(ai.policy || ai.prior)", "kl(ai.▮)"))).toStrictEqual([
      "policy",
      "prior",
      "latent",
      "intent",
      "message",
      "choice",
      "said",
      "log_prob",
      "old_log_prob"
    ])
  })
})

describe("names of the environment", () => {
  it("offers environments, roles, observations, choices, oracles and metrics", () => {
    expect(offered(inMaptalk("= MapTalk", "= ▮"))).toStrictEqual(["MapTalk", "LatentNavigator"])
    expect(offered(inMaptalk("map.navigator", "▮"))).toStrictEqual(["map.navigator", "map.guide"])
    expect(offered(inMaptalk("map.navigator", "map.▮"))).toStrictEqual(["navigator", "guide"])
    expect(offered(inMaptalk("heading, last_action", "▮, last_action"))).toStrictEqual([
      "heading",
      "last_action",
      "last_collision",
      "human.message"
    ])
    expect(offered("environment map = MapTalk\nagent a plays map.guide {\n  says { N, ▮ }\n}")).toStrictEqual([
      "E",
      "S",
      "W"
    ])
    expect(offered(inMaptalk("by map.random, map.wanderer", "by map.random, map.▮"))).toStrictEqual([
      "wanderer",
      "planner",
      "random_talker",
      "direction_protocol"
    ])
    expect(offered(inMaptalk("measure success, steps", "measure success, ▮"))).toStrictEqual(
      MapTalk.metrics.map(({ name }) => name).filter((name) => name !== "success")
    )
    expect(offered(inMaptalk("measure success, steps", "measure success, ss { suite ▮ }"))).toContain("dense")
    expect(offered(inMaptalk("measure success, steps", "measure ce { baseline ▮ }"))).toContain("one_way")
  })

  it("offers metrics in a claim, and in their brackets who was measured and where", () => {
    expect(offered(inMaptalk("success(bica) - ", "▮")).slice(0, 6)).toStrictEqual([
      "success",
      "steps",
      "collisions",
      "tokens",
      "reward",
      "excess"
    ])
    expect(offered(inMaptalk("success(bica) - ", "success(▮) - ")).slice(0, 3)).toStrictEqual([
      "bica",
      "one_way",
      "map.random"
    ])
    expect(offered(inMaptalk("success(bica) - ", "success(bica on ▮) - ")).slice(0, 2)).toStrictEqual(["map", "dense"])
  })
})

describe("parameters", () => {
  it("offers those that are not given yet, before or after the cursor", () => {
    expect(offered(inMaptalk("horizon    80 steps", "▮"))).toStrictEqual(["horizon", "shift"])
    expect(offered(inMaptalk("token -0.05 }", "▮ }"))).toStrictEqual(["token", "scale"])
    expect(offered(inMaptalk("epochs 2, minibatches 2,", "minibatches 2, ▮"))).toStrictEqual(["epochs", "clip_norm"])
    expect(offered(inMaptalk("for 16 steps", "for 16 steps { ▮ }"))).toStrictEqual([
      "discount",
      "trace",
      "value_weight"
    ])
  })

  it("offers in a shift the parameters of the environment and the noise of agents that speak", () => {
    expect(offered(inMaptalk("obstacles 0.35 .. 0.45", "▮"))).toStrictEqual([
      "grid",
      "obstacles",
      "horizon",
      "reward",
      "human.noise"
    ])
    expect(offered(inMaptalk("flip 10 %, drift 10 %", "▮"))).toStrictEqual(["flip", "drift"])
  })

  it("offers the words a parameter may be, arguments by name, and the default of a number", () => {
    expect(offered(inMaptalk("policy  gru(64)", "policy  ▮"))).toStrictEqual(["gru", "mlp"])
    expect(offered(inMaptalk("prior     compass(2.2)", "prior ▮"))).toStrictEqual(["uniform", "compass", "planner"])
    expect(offered(inMaptalk("literal(90 %)", "▮"))).toStrictEqual(["literal"])
    expect(offered(inMaptalk("dual(0.05)", "▮"))).toStrictEqual(["dual"])
    expect(offered(inMaptalk("ppo(ai) +", "ppo(ai, ▮) +")).slice(0, 2)).toStrictEqual(["clip", "entropy"])
    expect(offered(inMaptalk("horizon    80 steps", "horizon ▮"))).toStrictEqual(["80 steps"])
  })

  it("offers the unit of a number, and on the next line no unit", () => {
    expect(offered(inMaptalk("horizon    80 steps", "horizon 80 ▮"))).toStrictEqual(["steps", "shift"])
    expect(offered(inMaptalk("horizon    80 steps", "horizon 80\n  ▮"))).toStrictEqual(["shift"])
    expect(offered(inMaptalk("rollout 128 environments", "rollout 128 ▮"))[0]).toBe("environments")
    expect(offered(inMaptalk("with 95 % confidence", "with 95 ▮"))).toStrictEqual(["%", "confidence"])
  })
})

describe("what may be varied", () => {
  const line = "vary     codes.size 8, 32"
  const after = (path: string) => offered(inBica(line, `vary     ${path}▮`))

  it("is offered part by part, of every kind of declaration", () => {
    expect(after("")).toStrictEqual(
      "ai human codes bridge coach map ib rep teach spoken ai_drift human_drift train test sampled oracles".split(" ")
    )
    expect(after("ai.")).toStrictEqual(["says", "policy", "prior"])
    expect(after("ai.policy.")).toStrictEqual(["size"])
    expect(after("human.no")).toContain("noise")
    expect(after("human.noise.")).toStrictEqual(["flip", "drift"])
    expect(after("human.protocol.")).toStrictEqual(["prior", "update"])
    expect(after("codes.temperature.")).toStrictEqual(["start", "end"])
    expect(after("bridge.")).toStrictEqual(["size"])
    expect(after("coach.")).toStrictEqual(["policy", "history", "gives"])
    expect(after("ai_drift.")).toStrictEqual(["rate", "start"])
    expect(after("train.")).toStrictEqual(["repeat", "rollout", "update"])
    expect(after("train.update.rate.")).toStrictEqual(["start", "end"])
    expect(after("map.dense.")).toStrictEqual(after("map.").slice(0, 4))
    // of a term the weight, by its name alone
    expect(after("rep.")).toStrictEqual([])
    expect(after("nobody.")).toStrictEqual([])
  })

  it("is what the checker lets a study vary", () => {
    const text = bica.replace(/policy {2}linear/, "policy  mlp(64)")
    const here = (path: string) => offered(text.replace(line, `vary     ${path}▮`))
    const leaves = (path: string): ReadonlyArray<string> => {
      const below = here(`${path}.`)
      return below.length === 0 ? [path] : below.flatMap((one) => leaves(`${path}.${one}`))
    }
    const found = here("").flatMap(leaves)
    expect(found.length).toBeGreaterThan(60)
    for (const path of found) {
      const [value = "0.5"] = /\.(gives|says)$/.test(path) ? ["{ none, N, E, S, W }"] : here(`${path} `)
      const changed = text.replace(line, `vary     ${path} ${/^(from|seeds)$/.test(value) ? "0.5" : value}`)
      const codes = snapshot(changed).analysis.diagnostics.map(({ code }) => code)
      // nothing unknown, nothing given twice, nothing that cannot vary
      for (const code of ["BICA2001", "BICA2005", "BICA2015"]) expect(codes, `${path} ${value}`).not.toContain(code)
      if (!path.endsWith(".says")) expect(codes, `${path} ${value}`).not.toContain("BICA5026")
    }
  })

  it("is offered with values and units, and in a claim too", () => {
    expect(after("human.protocol.update ")).toStrictEqual(["10 %"])
    expect(after("test.play.choose ")).toStrictEqual(["greedy", "sampled"])
    expect(after("codes.size 8 ")[0]).toBe("codes")
    const claimed = (change: string) => offered(`${bica}\nclaim more: success(bica ${change}▮) > 0`)
    expect(claimed("with codes.")).toStrictEqual(after("codes."))
    expect(claimed("with coach.policy ")).toStrictEqual(["linear", "mlp"])
    expect(claimed("without ")).toContain("rep")
  })
})

describe("what is learned between agents", () => {
  it("offers methods, once, and parameters", () => {
    expect(offered(inBica("gumbel_softmax(16)", "▮"))).toStrictEqual(["gumbel_softmax"])
    expect(offered(inBica("temperature 1.0 -> 0.3 by 0.9975 per update", "▮"))).toStrictEqual(["temperature"])
    expect(offered(inBica("{ mlp(64) }", "{ ▮ }"))).toStrictEqual(["linear", "mlp"])
    expect(offered(inBica("sees    full\n  gives", "sees    full, ▮\n  gives"))).toStrictEqual(["history"])
    expect(offered(inBica("sees    full\n  gives", "sees    full, history(▮)\n  gives"))).toStrictEqual(["steps"])
    expect(offered(inBica("policy  linear", "▮"))).toStrictEqual(["policy"])
    expect(offered(inBica("policy  linear", "policy ▮"))).toStrictEqual(["linear", "mlp"])
    expect(offered(inBica("says    8 codes", "says    8 ▮"))[0]).toBe("codes")
  })

  it("offers what is heard, what may be asked, and what is trained", () => {
    expect(offered(inBica("full, ai.message, coach.advice", "full, ▮"))).toStrictEqual(["ai.message", "coach.advice"])
    expect(offered(inBica("mean(coach.intervenes)", "mean(coach.▮)"))).toStrictEqual([
      "intervenes",
      "policy",
      "choice",
      "log_prob",
      "old_log_prob"
    ])
    expect(offered(inBica("mean(codes.speaks)", "mean(codes.▮)"))).toStrictEqual(["code", "message", "speaks"])
    expect(offered(inBica("mean(codes.speaks)", "mean(▮)"))).toContain("bridge")
    expect(offered(inBica("ppo(coach,", "ppo(▮,")).slice(0, 3)).toStrictEqual(["ai", "human", "coach"])
    expect(offered(inBica("human, ai, codes,", "human, ai, ▮,"))).toStrictEqual(["codes", "bridge", "coach"])
  })
})

describe("words that mean something by their place", () => {
  const after = (text: string) => offered(`${maptalk}\n${text}`)

  it("offers the views of `paired`, also where the word is begun before a bracket", () => {
    expect(after("term heard = mean(kl(ai.policy || paired(ai.policy, ▮)))").slice(0, 2)).toEqual([
      "silence",
      "unadvised"
    ])
    expect(after("term heard = mean(kl(ai.policy || paired(ai.policy, sil▮)))").slice(0, 2)).toEqual([
      "silence",
      "unadvised"
    ])
  })

  it("offers over a word that is begun before a bracket what it offers without the bracket", () => {
    expect(after("term calm = mean(ent▮)")).toEqual(after("term calm = mean(ent▮"))
    expect(after("term calm = mean(ent▮)")).toContain("entropy")
  })

  it("offers the rules that an agent may be drawn to, and how it is drawn", () => {
    expect(after("stage drawn { imitate ▮ by human until 3 updates }")).toEqual(["compass", "planner"])
    expect(after("stage drawn { imitate planner by human until 3 updates { ▮ } }").slice(0, 2)).toEqual([
      "environments",
      "steps"
    ])
  })

  it("offers axes, tests, assumptions, what is measured against, and what learns a weight", () => {
    expect(after("term wide = mean(sum(ai.latent over ▮))").slice(0, 3)).toEqual(["time", "env", "latent"])
    expect(after("claim one: success(bica) > 0 with p < 0.05 by ▮")).toEqual([
      "bootstrap",
      "paired_t",
      "welch",
      "sign_flip"
    ])
    expect(after("claim one: success(bica) > 0 with p < 0.05 assuming difference 5 %, ▮")).toEqual(["spread"])
    expect(after("claim one: iqm(▮)")).toContain("success")
    expect(after("claim one: ▮")).toContain("iqm")
    expect(inBicaOffered("baseline  one_way", "▮")).toEqual(["baseline"])
    expect(after("objective own = ppo(ai) + learned by ▮")).toEqual(["hypergradient"])
    expect(after("objective own = ppo(ai) + learned by hypergradient(1, ▮)")).toContain("start")
    expect(after("term gained = mean(map.▮)")).toEqual(["reward", "return", "value", "advantage"])
  })
})

const inBicaOffered = (old: string, now: string) => offered(inBica(old, now))

describe("broken files", () => {
  it("offers below a line that cannot be read what the block takes", () => {
    const parameters = ["obstacles", "horizon", "reward", "shift"]
    expect(offered("environment map = MapTalk {\n  grid = = 8\n  ▮\n}")).toStrictEqual(parameters)
    expect(offered("environment map = MapTalk {\n  grid = {\n    x = 1\n  }\n  ▮\n}")).toStrictEqual(parameters)
  })

  it("offers nothing on the line that cannot be read", () => {
    expect(offered("environment map = MapTalk {\n  grid = = ▮\n}")).toStrictEqual([])
  })

  it("goes by the declaration around the cursor when one above is not closed", () => {
    expect(offered("environment map = MapTalk {\n  grid 8 by 8\n\nagent ai plays ▮")).toStrictEqual([
      "map.navigator",
      "map.guide"
    ])
  })

  it("reads a word of the language as a name where a name stands", () => {
    expect(offered("environment map = MapTalk {\n  use▮")).toStrictEqual([
      "grid",
      "obstacles",
      "horizon",
      "reward",
      "shift"
    ])
  })
})

it("replaces the whole word at the cursor and says what it is", () => {
  const { offset, snapshot } = marked("environment map = MapTalk {\n  hori▮zon 80 steps\n}")
  const [item] = completions(snapshot, offset).filter(({ label }) => label === "horizon")
  expect(item?.textEdit).toMatchObject({ newText: "horizon" })
  expect(item?.textEdit !== undefined && "range" in item.textEdit ? place(item.textEdit.range) : "").toBe("1:2-1:9")
  expect(item?.detail).toBe("whole number of steps, from 1 to 10000")
  expect(item?.documentation).toStrictEqual({
    kind: "markdown",
    value: [
      "**horizon** of MapTalk",
      "",
      "Steps after which an episode ends, with or without success.",
      "",
      "- takes: whole number of steps, from 1 to 10000",
      "- default: `80 steps`",
      "- source: paper: Li & Song 2025, section 4.1"
    ].join("\n")
  })
})

describe("a model that is fitted", () => {
  const file = (stage: string) => `environment shapes = LatentNavigator { }\n\nstage encode {\n  ${stage}\n}\n`

  it("is offered by its environment's name, with its unit and what it may be given", () => {
    expect(offered(file("fit ▮"))).toContain("shapes.encoder")
    expect(offered(file("fit shapes.encoder for 300 ▮"))[0]).toBe("updates")
    expect(offered(file("fit shapes.encoder for 300 updates { ▮ }"))).toEqual(
      expect.arrayContaining(["resolution", "pool", "latents", "beta", "batch", "rate"])
    )
    expect(offered(file("fit shapes.encoder for 300 updates { resolution ▮ }"))).toEqual(["halved", "native"])
  })
})

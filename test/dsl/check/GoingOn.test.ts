import { describe, expect, it } from "vitest"
import { analyse } from "../../../src/dsl/index.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"

const head = `use std.ppo
environment map = MapTalk { shift dense { obstacles 0.30 .. 0.40 } }
agent ai plays map.navigator { sees egocentric, heading, human.message  policy gru(16) }
agent human plays map.guide { sees full  says { N, E, S, W }  policy gru(16) }
`
const objectives = `objective both = ppo(ai) + ppo(human)
objective alone = ppo(ai) freezing human
`
const study = "study main { seeds 13, 42, 2025 }\n"
const train = (head: string, targets: string, rollout = "", more = "") =>
  `stage ${head} { repeat 10 times { rollout 32 environments ${rollout}  update ${targets} jointly ${more} } }\n`

const read = (text: string) => analyse({ name: "t.bica", text }, { environments: [MapTalk] })
const codes = (text: string) => read(text).diagnostics.map(({ code }) => code)
const stageOf = (text: string, name: string) => {
  const found = read(text)
  const stage = found.program?.stages.find((one) => one.name === name)
  if (stage === undefined) throw new Error(found.diagnostics.map(({ cause }) => cause).join("\n"))
  return stage
}

describe("the meaning of a training", () => {
  const on = (rollout: string, shift = "dense") =>
    stageOf(head.replace("dense", shift) + objectives + train("t(objective o)", "ai, human", rollout) + study, "t")

  it("is another one on a shift, whatever that is called, and the same on the environment by its name", () => {
    const plain = on("").semantics
    expect(on("on map").semantics).toBe(plain)
    expect(on("on dense").semantics).not.toBe(plain)
    expect(on("on map.dense").semantics).toBe(on("on dense").semantics)
    expect(on("on crowded", "crowded").semantics).toBe(on("on dense").semantics)
    const other = head.replace("0.40", "0.45")
    const changed = (text: string) =>
      stageOf(text + objectives + train("t(objective o)", "ai, human", "on dense") + study, "t")
    expect(changed(other).semantics).not.toBe(changed(head).semantics)
  })

  it("holds that of the objective that it is for, and not its name", () => {
    const of = (text: string, name = "alone") =>
      stageOf(head + text.replaceAll("alone", name) + train(`t for ${name}`, "ai") + study, "t")
    const plain = of(objectives)
    expect([plain.forEach, plain.objective?.name]).toEqual(["seed", "alone"])
    expect(of(objectives, "lonely").semantics).toBe(plain.semantics)
    expect(of(objectives.replace("ppo(ai) freezing", "2 * ppo(ai) freezing")).semantics).not.toBe(plain.semantics)
    // what nobody is for is another matter
    expect(of(objectives.replace("ppo(human)", "2 * ppo(human)")).semantics).toBe(plain.semantics)
  })

  it("says once per seed of what is for an objective and comes after nothing that runs for every one", () => {
    const text =
      head +
      objectives +
      train("first for alone", "ai") +
      train("second(objective o) after first", "ai, human") +
      train("third for both after second", "ai, human") +
      "stage early after first { play 9 episodes on map  measure success }\n" +
      "stage late after third { play 9 episodes on map  measure success }\n" +
      study
    const { program } = read(text)
    expect(
      program?.stages.map(({ forEach, from, name, objective, team }) => [name, forEach, objective?.name, from, team])
    ).toEqual([
      ["first", "seed", "alone", undefined, undefined],
      ["second", "objective", undefined, "first", undefined],
      ["third", "objective", "both", "second", undefined],
      ["early", "seed", "alone", undefined, "first"],
      ["late", "objective", "both", undefined, undefined]
    ])
  })
})

describe("a study", () => {
  const compared = (line: string) =>
    read(
      head + objectives + train("first for alone", "ai") + train("second(objective o) after first", "ai, human") + line
    ).program?.studies[0]?.compare

  it("that does not say what it compares leaves out what stages are for", () => {
    expect(compared(study)).toEqual(["both"])
    expect(compared("study main { seeds 13, 42  compare both, alone }\n")).toEqual(["both", "alone"])
  })
})

describe("what is asked of an objective", () => {
  const staged = (...stages: ReadonlyArray<string>) =>
    head + objectives + stages.join("") + study.replace("}", "compare both }")

  it("is asked of all trainings that go on from each other together: a term may train in one of them", () => {
    const first = train("first(objective o)", "ai")
    expect(codes(head + objectives.split("\n")[0] + "\n" + first + study)).toEqual(["BICA5013"])
    expect(codes(staged(first, train("second(objective o) after first", "ai, human")))).toEqual(["BICA5019"])
    expect(codes(staged(first, train("beside(objective o)", "ai, human")))).toContain("BICA5013")
  })

  it("is asked of a stage that is for one of that alone, budgets with it", () => {
    const budgeted =
      "budget near: kl(ai.policy || ai.prior) <= 0.5 nats by dual(0.1)\n" +
      objectives.replace("ppo(human)\n", "ppo(human) within near\n")
    const first = train("first for alone", "ai")
    expect(
      codes(
        head + budgeted + first + train("second(objective o) after first", "ai, human", "", "ascend budgets") + study
      )
    ).toEqual([])
    expect(codes(head + budgeted + first + train("second(objective o) after first", "ai, human") + study)).toEqual([
      "BICA5012"
    ])
    expect(codes(head + budgeted + train("first for both", "ai, human") + study)).toContain("BICA5012")
  })

  it("lets an objective read the latent of whom it freezes where all trainings for it come after one that trained it", () => {
    const reading = objectives.replace(
      "ppo(ai) freezing human",
      "ppo(ai) + 0.1 * mean(square(ai.latent - human.latent)) freezing human"
    )
    const after =
      head + reading + train("first for both", "ai, human") + train("second for alone after first", "ai") + study
    expect(codes(after)).toEqual([])
    expect(codes(after.replace(" after first", ""))).toEqual(["BICA5021"])
    // and not where it was frozen before, too
    expect(
      codes(after.replace("first for both", "first for alone").replace("ai, human jointly", "ai jointly"))
    ).toContain("BICA5021")
  })

  it("says of an objective that no stage trains that it is never trained", () => {
    const text =
      head + objectives + train("first for both", "ai, human") + "study main { seeds 13, 42  compare alone }\n"
    const [found] = read(text).diagnostics
    expect([found?.code, found?.cause]).toEqual([
      "BICA5019",
      "Every stage that trains is `for` another objective, so `alone` is never trained."
    ])
  })
})

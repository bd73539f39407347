/** A tutorial's blocks are one file, which is checked, and trained for a few updates. */
import { spawn } from "node:child_process"
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { analyse, flowText } from "../../src/dsl/index.ts"
import { MapTalk } from "../../src/runtime/environment/maptalk/Declaration.ts"
import { decode } from "../../src/runtime/store/Safetensors.ts"
import { Doors } from "../cli/fixtures/doors.ts"
import { command, makeWorkplace } from "../cli/Workplace.ts"
import type { Workplace } from "../cli/Workplace.ts"

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "tutorials", "your-own-loss-term.md"), "utf8")
const blocks = [...page.matchAll(/```bica\n([\s\S]*?)```/g)].map(([, text = ""]) => text)
const found = (text: string) => analyse({ name: "own.bica", text }, { environments: [MapTalk] })
const errors = (text: string) => found(text).diagnostics.map((one) => one.code)

/** The file, small enough to be trained here. */
const small = blocks
  .join("\n")
  .replace("repeat 60 times", "repeat 2 times")
  .replace("rollout 32 environments for 16 steps", "rollout 4 environments for 8 steps")
  .replace("play 512 episodes", "play 4 episodes")
  .replace("seeds 13, 42", "seeds 13")

describe("your own loss term", () => {
  const whole = blocks.join("\n")

  it("is a file without a fault, and its terms are not shipped", () => {
    expect(found(whole).diagnostics.map((one) => one.cause)).toEqual([])
    expect(found(whole).program?.terms.map((one) => one.name)).toEqual(["restless", "cautious", "answering"])
    const std = join(import.meta.dirname, "..", "..", "std")
    const shipped = readdirSync(std)
      .filter((name) => name.endsWith(".bica"))
      .map((name) => readFileSync(join(std, name), "utf8"))
      .join("\n")
    for (const word of ["lag(", "quantile(", "mutual_information("]) expect(shipped).not.toContain(word)
  })

  it("shows the table of what trains what as it is", () => {
    const { program } = found(whole)
    if (program === undefined) throw new Error("no program")
    const [, shown = ""] = /```\n(stage train, objective own[\s\S]*?)```/.exec(page) ?? []
    expect(flowText(program)).toContain(shown.trimEnd())
  })

  it("says truly what is refused", () => {
    expect(errors(whole.replace("change(human.intent)", "change(ai.policy)"))).toEqual([])
    expect(errors(whole.replace("change(human.intent)", "change(human.latent)"))).toEqual(["BICA4001"])
    const [chain] = found(whole.replace("change(human.intent)", "change(human.policy)")).diagnostics
    expect([chain?.code, chain?.fix]).toEqual(["BICA4001", "Name `human.intent` or `human.message`."])
    expect(
      errors(whole.replace("mutual_information(ai.policy)", "mutual_information(stop_gradient(ai.policy))"))
    ).toEqual(["BICA5013"])
  })

  it("trains, and its curve has the columns that are read", () => {
    const place = makeWorkplace()
    try {
      place.write("own.bica", small)
      const ran = place.started("run", "own.bica")
      expect([ran.code, ran.err]).toEqual([0, ""])
      const run = ran.out.trimEnd().split("\n").at(-1) ?? ""
      const curve = (objective: string) =>
        place
          .read(`${run}/stages/train/${objective}/seed-13/artifacts/curve.csv`)
          .trimEnd()
          .split("\n")
          .map((line) => line.split(","))
      const [head = [], ...rows] = curve("own")
      expect(rows).toHaveLength(2)
      for (const name of ["term.cautious", "term.answering", "budget.steady", "multiplier.steady"]) {
        const column = rows.map((row) => Number(row[head.indexOf(name)] ?? Number.NaN))
        expect(column.every(Number.isFinite), name).toBe(true)
      }
      // what two distributions may differ by, and what a choice of four can say
      const at = (name: string) => rows.map((row) => Number(row[head.indexOf(name)]))
      for (const x of at("budget.steady")) expect(x).toBeLessThanOrEqual(Math.LN2)
      for (const x of at("term.answering")) expect(x).toBeLessThanOrEqual(Math.log(4))
      expect(curve("plain")[0]).not.toContain("term.cautious")
    } finally {
      place.remove()
    }
  }, 60_000)
})

describe("a human who has learned from somebody", () => {
  const tutorial = readFileSync(
    join(import.meta.dirname, "..", "..", "docs", "tutorials", "a-human-who-has-learned.md"),
    "utf8"
  )
  const whole = [...tutorial.matchAll(/```bica\n([\s\S]*?)```/g)].map(([, text = ""]) => text).join("\n")

  it("is a file without a fault, and says truly what a bound may be", () => {
    expect(found(whole).diagnostics.map((one) => one.cause)).toEqual([])
    expect(found(whole.replace("loss < 0.9", "loss < 0.7")).diagnostics.map((one) => one.code)).toEqual(["BICA5033"])
    expect(errors(whole.replace("loss < 0.9", "loss < 0.8"))).toEqual([])
  })

  it("hands the human over to the trainings as it has become", () => {
    const place = makeWorkplace()
    try {
      place.write(
        "taught.bica",
        whole
          .replace("or 60 updates", "or 4 updates")
          .replace("repeat 60 times", "repeat 2 times")
          .replaceAll("32 environments", "4 environments")
          .replace("environments 32", "environments 8")
          .replaceAll("512 episodes", "4 episodes")
          .replace("seeds    13, 42", "seeds    13")
      )
      const ran = place.started("run", "taught.bica")
      // what is claimed of one seed is undecided, which is said
      expect([ran.code, ran.err.includes("BICA5028")]).toEqual([0, true])
      const run = ran.out.trimEnd().split("\n").at(-1) ?? ""
      const artifact = (stage: string, name: string) =>
        readFileSync(join(place.folder, run, "stages", stage, "seed-13", "artifacts", name))
      const human = (stage: string, name: string) => {
        const { tensors } = Result.getOrThrow(decode(artifact(stage, name)))
        return Object.fromEntries(
          Object.entries(tensors).flatMap(([tensor, { data }]) =>
            tensor.startsWith("human.") ? [[tensor, Array.from(data)] as const] : []
          )
        )
      }
      const came = JSON.parse(artifact("taught", "imitation.json").toString("utf8"))
      expect(came).toMatchObject({ pupil: "human", updates: 4, limit: 4, bound: 0.9, met: false, hands: ["human"] })
      const learned = human("taught", "weights.safetensors")
      expect(Object.keys(learned).length).toBeGreaterThan(0)
      expect(human("train/both", "weights.initial.safetensors")).toEqual(learned)
      expect(human("train/given", "weights.safetensors")).toEqual(learned)
      expect(human("train/both", "weights.safetensors")).not.toEqual(learned)
      const { measures } = JSON.parse(place.read(`${run}/measures.json`))
      const by = (metric: string) =>
        measures.flatMap((one: { readonly by: string; readonly metric: string }) =>
          one.metric === metric ? [one.by] : []
        )
      expect(by("human_alone").toSorted()).toEqual(["both", "given", "taught"])
      // the claim is over what was measured of the team that imitated
      const success = (of: string) =>
        measures.find(
          (one: { readonly by: string; readonly metric: string }) => one.metric === "success" && one.by === of
        )?.seeds[0].value
      const { claims } = JSON.parse(place.read(`${run}/claims.json`))
      expect(claims[0]).toMatchObject({ claim: "goes_on", verdict: "undecided" })
      expect(claims[0].evidence).toEqual([{ seed: 13, left: success("both") - success("taught"), right: 0 }])
    } finally {
      place.remove()
    }
  }, 60_000)
})

describe("lessons that build on each other", () => {
  const tutorial = readFileSync(
    join(import.meta.dirname, "..", "..", "docs", "tutorials", "lessons-that-build-on-each-other.md"),
    "utf8"
  )
  const whole = [...tutorial.matchAll(/```bica\n([\s\S]*?)```/g)].map(([, text = ""]) => text).join("\n")
  const short = whole
    .replaceAll(/repeat \d+ times/g, "repeat 3 times")
    .replaceAll("32 environments for 16 steps", "4 environments for 8 steps")
    .replaceAll("512 episodes", "4 episodes")
    .replace(/seeds .*? }/, "seeds 13 }")

  it("is a file without a fault, and says truly what is an error and what is run anew", () => {
    expect(found(whole).diagnostics.map((one) => one.cause)).toEqual([])
    expect(errors(whole.replace("both after hard on", "both on"))).toEqual(["BICA5036"])
    expect(found(whole).program?.studies[0]?.compare).toEqual(["both"])
  })

  it("goes on with exactly the weights before, also killed and resumed, and a beginning of it is verified", async () => {
    const place = makeWorkplace()
    try {
      place.write("lessons.bica", short)
      const ran = place.started("run", "lessons.bica")
      // what is trained so briefly may fail its claims
      expect([0, 1], ran.err).toContain(ran.code)
      const run = /^\S*runs\/\S+$/m.exec(ran.out)?.[0]
      if (run === undefined) throw new Error(ran.out)
      const artifact = (stage: string, name: string) =>
        readFileSync(join(place.folder, run, "stages", stage, "seed-13", "artifacts", `${name}.safetensors`))
      const tensors = (stage: string, name: string) => Result.getOrThrow(decode(artifact(stage, name))).tensors
      expect(artifact("hard/both", "weights.initial").equals(artifact("easy/both", "weights"))).toBe(true)
      expect(artifact("straight/both", "weights.initial").equals(artifact("easy/both", "weights"))).toBe(false)
      // the AI alone goes on, with the critic; the human has learned nothing yet
      const [left, begun] = [tensors("listens", "weights"), tensors("together/both", "weights.initial")]
      expect(Object.keys(left).some((name) => name.startsWith("human."))).toBe(false)
      expect(Object.keys(left).length).toBeGreaterThan(0)
      for (const [name, { data }] of Object.entries(left)) expect(begun[name]?.data, name).toEqual(data)

      const { measures } = JSON.parse(place.read(`${run}/measures.json`))
      expect(measures.map(({ by }: { readonly by: string }) => by).toSorted()).toEqual([
        "both after easy",
        "both after hard",
        "both after straight",
        "both after together",
        "listens"
      ])

      // the report says of every number which training it is of
      expect(place.started("report", run, "--format", "json", "--out", "shown").code).toBe(0)
      const report = JSON.parse(place.read("shown/report.json"))
      const named = (all: ReadonlyArray<{ readonly by: string }>) => all.map(({ by }) => by).toSorted()
      const teams = ["both after easy", "both after hard", "both after straight", "both after together", "listens"]
      expect(named(report.conditions[0].subjects)).toEqual(teams)
      expect(named(report.protocols)).toEqual(teams)
      expect(named(report.replays)).toEqual(teams)
      expect(
        report.learning.map(({ from, objective, on, stage }: Readonly<Record<string, unknown>>) => [
          stage,
          objective ?? "o",
          on ?? "map",
          from ?? []
        ])
      ).toEqual([
        ["easy", "o", "map", []],
        ["straight", "o", "crowded", []],
        ["hard", "o", "crowded", ["easy"]],
        ["listens", "alone", "crowded", []],
        ["together", "o", "crowded", ["listens"]]
      ])

      // killed in the second training, the run ends with the same bytes
      const digest = place.started("digest", run).out
      const signal = await killedIn(place, "hard/both/seed-13", "run", "lessons.bica", "--runs", "again")
      expect(signal).toBe("SIGKILL")
      const again = `again/${run.split("/").at(-1) ?? ""}`
      expect([0, 1]).toContain(place.started("resume", again).code)
      expect(place.started("digest", again).out.replaceAll(again, "")).toBe(digest.replaceAll(run, ""))

      // the first update of every training, each from what it goes on from
      expect(place.started("lock", run).code).toBe(0)
      const verified = place.started("verify", "lessons.bica", "--updates", "1")
      expect(verified.out).toContain("identical")
      expect(verified.out).toContain("5 of 10 stages, the first 1 update")
    } finally {
      place.remove()
    }
  }, 120_000)
})

/** Runs a command and kills it when an update of a stage has ended; the signal that ended it. */
const killedIn = (place: Workplace, stage: string, ...words: ReadonlyArray<string>) =>
  new Promise<string | null>((resolve) => {
    const child = spawn(process.execPath, [command, ...words, "--json"], {
      cwd: place.folder,
      env: place.environment,
      stdio: ["ignore", "pipe", "ignore"]
    })
    child.stdout.on("data", (data) => {
      if (String(data).includes(`"_tag":"Update","label":"${stage}"`)) child.kill("SIGKILL")
    })
    child.on("close", (_, signal) => resolve(signal))
  })

describe("your own metric, your own environment", () => {
  it.each([
    ["your-own-environment.md", "doors", "Modules"],
    ["three-agents.md", "field", "Three"]
  ])("of %s: the files of %s are shown as they are trained and measured in test/cli/%s.test.ts", (document, game) => {
    const folder = join(import.meta.dirname, "..", "..")
    const tutorial = readFileSync(join(folder, "docs", "tutorials", document), "utf8")
    for (const [language, name] of [
      ["ts", `${game}.ts`],
      ["bica", `${game}.bica`]
    ] as const) {
      const [, shown] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(tutorial) ?? []
      expect(shown).toBe(readFileSync(join(folder, "test", "cli", "fixtures", name), "utf8"))
    }
  })

  it("names the metrics of bica that any environment has", () => {
    const tutorial = readFileSync(
      join(import.meta.dirname, "..", "..", "docs", "tutorials", "your-own-environment.md"),
      "utf8"
    )
    const { metrics } = Doors.declaration
    const parts = new Set(metrics.flatMap(({ parts = [] }) => parts))
    for (const { name } of metrics) if (!parts.has(name)) expect(tutorial).toContain(`\`${name}\``)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { number } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import * as Pipeline from "../../../src/runtime/Pipeline.ts"
import * as Stage from "../../../src/runtime/Stage.ts"
import * as Study from "../../../src/runtime/Study.ts"
import * as ablations from "../../golden/good/ablations.ts"
import * as curriculum from "../../golden/good/curriculum.ts"
import * as imitation from "../../golden/good/imitation.ts"
import { ai, human, map } from "../agent/Teams.ts"

/** A pipeline of three stages, with what a test wants to change. */
const pipelineOf = (
  changes: {
    readonly pipeline?: string
    readonly train?: { readonly name?: string; readonly semantics?: string }
    readonly test?: { readonly name?: string; readonly semantics?: string }
    readonly bica?: { readonly name?: string; readonly semantics?: string }
    readonly studies?: (bica: Objective.Objective, oneWay: Objective.Objective) => ReadonlyArray<Study.Study>
  } = {}
) => {
  const stage = (name: string, semantics: string, after: ReadonlyArray<Stage.Stage>, forEach: "objective" | "seed") =>
    Stage.make(name, { semantics, after, agents: [ai, human], environment: map, forEach, program: () => Effect.void })
  const objective = (name: string, semantics: string) =>
    Objective.make(name, { semantics, loss: number(0), within: [], freezing: [] })
  const train = stage(changes.train?.name ?? "train", changes.train?.semantics ?? "t", [], "objective")
  const test = stage(changes.test?.name ?? "test", changes.test?.semantics ?? "p", [train], "objective")
  const oracles = stage("oracles", "o", [], "seed")
  const bica = objective(changes.bica?.name ?? "bica", changes.bica?.semantics ?? "b")
  const oneWay = objective("one_way", "w")
  return Pipeline.make(changes.pipeline ?? "maptalk", {
    // in an order in which they cannot run
    stages: [test, oracles, train],
    objectives: [bica, oneWay],
    studies: changes.studies?.(bica, oneWay) ?? [Study.make("main", { seeds: [13, 42], compare: [bica, oneWay] })],
    claims: []
  })
}

const plan = (pipeline: Pipeline.Pipeline, selection: Pipeline.Selection = {}, engine = "onnx; avx2") =>
  Pipeline.plan(pipeline, selection, engine)

/** Keys in the order of the plan, which is the same for all variants of `pipelineOf`. */
const keysOf = (changes: Parameters<typeof pipelineOf>[0], engine?: string) =>
  Effect.map(plan(pipelineOf(changes), { seed: 13 }, engine), (jobs) => jobs.map(({ identity }) => identity.key))

/** Which of train/bica, test/bica, train/one_way, test/one_way, oracles have other keys than without the changes. */
const changedBy = (changes: Parameters<typeof pipelineOf>[0], engine?: string) =>
  Effect.gen(function* () {
    const labels = (yield* plan(pipelineOf(), { seed: 13 })).map(({ identity }) =>
      identity.label.replace("/seed-13", "")
    )
    const before = yield* keysOf({})
    const after = yield* keysOf(changes, engine)
    return labels.filter((_, i) => before[i] !== after[i]).sort()
  })

describe("a plan with an imitation", () => {
  const keys = Effect.map(
    plan(imitation.pipeline, { seed: 13 }),
    (jobs) => new Map(jobs.map((job) => [job.identity.label, job]))
  )

  it.effect("imitates once per seed, before the trainings of every objective", () =>
    Effect.gen(function* () {
      const jobs = yield* keys
      const labels = [...jobs.keys()].filter((label) => !label.includes("="))
      assert.deepStrictEqual(labels, [
        "wild/seed-13",
        "walks/seed-13",
        "plans/seed-13",
        "train/both/seed-13",
        "others/both/seed-13",
        "test/both/seed-13",
        "train/one_way/seed-13",
        "others/one_way/seed-13",
        "test/one_way/seed-13",
        "bare/seed-13",
        "as_imitated/seed-13"
      ])
      assert.deepStrictEqual(
        jobs.get("train/both/seed-13")?.after.map(({ label }) => label),
        ["plans/seed-13"]
      )
    })
  )

  it.effect("runs what comes after a varied imitation anew, and nothing else", () =>
    Effect.gen(function* () {
      const jobs = yield* keys
      const varied = [...jobs.keys()].filter((label) => label.includes("plans.imitate.errs=0-percent")).sort()
      const name = "plans.imitate.errs=0-percent"
      assert.deepStrictEqual(
        varied,
        [
          `plans/${name}/seed-13`,
          `bare/${name}/seed-13`,
          `as_imitated/${name}/seed-13`,
          ...["train", "others", "test"].flatMap((stage) =>
            ["both", "one_way"].map((objective) => `${stage}/${objective}/${name}/seed-13`)
          )
        ].sort()
      )
    })
  )
})

describe("a plan of variants", () => {
  it.effect("runs what a variant reaches under its name, and the rest once", () =>
    Effect.gen(function* () {
      const jobs = yield* plan(ablations.pipeline, { study: "ablations", seed: 13 })
      const labels = jobs.map(({ identity }) => identity.label)
      const of = (variant: string) => labels.filter((label) => label.includes(`/${variant}/`))
      assert.deepStrictEqual(labels.slice(0, 3), ["train/bica/seed-13", "test/bica/seed-13", "oracles/seed-13"])
      assert.deepStrictEqual(of("codes.size=4"), ["train/bica/codes.size=4/seed-13", "test/bica/codes.size=4/seed-13"])
      assert.deepStrictEqual(of("map.dense.obstacles=0.1..0.2"), ["test/bica/map.dense.obstacles=0.1..0.2/seed-13"])
      // what the oracles say goes through the channel of the human
      assert.deepStrictEqual(of("human.noise.flip=0.2").length, 0)
      assert.deepStrictEqual(of("human.noise.flip=20-percent"), [
        "train/bica/human.noise.flip=20-percent/seed-13",
        "test/bica/human.noise.flip=20-percent/seed-13",
        "oracles/human.noise.flip=20-percent/seed-13"
      ])
      // 18 variants: 17 train and test, one tests only, two more play oracles in another channel
      assert.strictEqual(labels.length, 3 + 17 * 2 + 1 + 2)
      assert.strictEqual(new Set(jobs.map(({ identity }) => identity.key)).size, labels.length)
    })
  )

  it.effect("names the variant in its jobs, each behind what it comes after", () =>
    Effect.gen(function* () {
      const jobs = yield* plan(ablations.pipeline, { study: "ablations", seed: 13 })
      const at = (label: string) => jobs.findIndex(({ identity }) => identity.label === label)
      const test = jobs[at("test/bica/without-rep/seed-13")]
      assert.strictEqual(test?.variant, "without-rep")
      assert.deepStrictEqual(
        test?.after.map(({ label }) => label),
        ["train/bica/without-rep/seed-13"]
      )
      assert.isBelow(at("train/bica/without-rep/seed-13"), at("test/bica/without-rep/seed-13"))
      assert.deepStrictEqual(
        jobs[at("test/bica/map.dense.obstacles=0.1..0.2/seed-13")]?.after.map(({ label }) => label),
        ["train/bica/seed-13"]
      )
      assert.strictEqual(jobs[at("train/bica/seed-13")]?.variant, undefined)
    })
  )

  it.effect("refuses two variants of one name that mean different things", () =>
    Effect.gen(function* () {
      const { pipeline } = withVariants((semantics) => semantics)
      // train, test, oracles, and one training of the variant that both studies have
      assert.strictEqual((yield* plan(pipeline)).length, 4)
      const twice = withVariants((semantics, study) => `${semantics} in ${study}`)
      const error = yield* Effect.flip(plan(twice.pipeline))
      assert.strictEqual(error.stage, "train/bica/changed/seed-1")
    })
  )
})

/** Two studies with a variant of the same name. */
const withVariants = (means: (semantics: string, study: string) => string) => {
  const base = pipelineOf()
  const [bica] = base.objectives
  const train = base.stages.find(({ name }) => name === "train")
  if (bica === undefined || train === undefined) throw new Error("no pipeline")
  const study = (name: string) =>
    Study.make(name, {
      seeds: [1],
      compare: [bica],
      variants: [
        Study.variant("changed", () => ({
          objectives: [bica],
          stages: [Stage.make("train", { ...train, semantics: means("longer", name) })]
        }))
      ]
    })
  return { pipeline: Pipeline.make("p", { ...base, studies: [study("one"), study("two")] }) }
}

describe("a plan", () => {
  it.effect("lists every stage once for each seed and objective, or once for each seed, after what it reads", () =>
    Effect.gen(function* () {
      const jobs = yield* plan(pipelineOf())
      const labels = jobs.map(({ identity }) => identity.label)
      assert.deepStrictEqual([...labels].sort(), [
        "oracles/seed-13",
        "oracles/seed-42",
        "test/bica/seed-13",
        "test/bica/seed-42",
        "test/one_way/seed-13",
        "test/one_way/seed-42",
        "train/bica/seed-13",
        "train/bica/seed-42",
        "train/one_way/seed-13",
        "train/one_way/seed-42"
      ])
      for (const { after, identity } of jobs) {
        for (const before of after)
          assert.isBelow(labels.indexOf(before.label), labels.indexOf(identity.label), identity.label)
      }
      const test = jobs.find(({ identity }) => identity.label === "test/one_way/seed-42")
      assert.deepStrictEqual(
        test?.after.map(({ label }) => label),
        ["train/one_way/seed-42"]
      )
      assert.deepStrictEqual([test?.objective?.name, test?.seed, test?.stage.name], ["one_way", 42, "test"])
    })
  )

  it.effect("has no key twice, each a sha256", () =>
    Effect.gen(function* () {
      const keys = (yield* plan(pipelineOf())).map(({ identity }) => identity.key)
      assert.strictEqual(new Set(keys).size, 10)
      for (const key of keys) assert.match(key, /^[0-9a-f]{64}$/)
    })
  )

  it.effect("takes one seed in place of the studies' own", () =>
    Effect.gen(function* () {
      const jobs = yield* plan(pipelineOf(), { seed: 7 })
      assert.deepStrictEqual([...new Set(jobs.map(({ seed }) => seed))], [7])
      assert.strictEqual(jobs.length, 5)
    })
  )

  it.effect("takes one study, or all, and shares what two have in common", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf({
        studies: (bica, oneWay) => [
          Study.make("main", { seeds: [13], compare: [bica, oneWay] }),
          Study.make("more", { seeds: [13, 42], compare: [bica] })
        ]
      })
      assert.strictEqual((yield* plan(pipeline, { study: "main" })).length, 5)
      assert.strictEqual((yield* plan(pipeline, { study: "more" })).length, 6)
      assert.strictEqual((yield* plan(pipeline)).length, 8)
    })
  )

  it.effect("refuses a study that the pipeline does not have, and names those it has", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(plan(pipelineOf(), { study: "mian" }))
      assert.strictEqual(error.message, "maptalk: it has no study mian; it has: main")
      const none = yield* Effect.flip(plan(pipelineOf({ studies: () => [] })))
      assert.match(none.message, /it has no study, so there is no seed/)
    })
  )

  it.effect("refuses a stage for each seed after one for each objective", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf()
      const train = pipeline.stages.find(({ name }) => name === "train")
      const report = Stage.make("report", {
        semantics: "r",
        after: train === undefined ? [] : [train],
        agents: [ai, human],
        environment: map,
        forEach: "seed",
        program: () => Effect.void
      })
      const error = yield* Effect.flip(plan({ ...pipeline, stages: [...pipeline.stages, report] }))
      assert.match(error.message, /^report: it runs once for a seed/)
    })
  )
})

describe("a stage's key", () => {
  const all = ["oracles", "test/bica", "test/one_way", "train/bica", "train/one_way"]

  it.effect("is the same for the same meaning", () =>
    Effect.map(changedBy({}), (changed) => assert.deepStrictEqual(changed, []))
  )

  it.effect("does not depend on names: of the pipeline, of a stage, of an objective", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* changedBy({ pipeline: "other" }), [])
      assert.deepStrictEqual(yield* changedBy({ train: { name: "learn" } }), [])
      assert.deepStrictEqual(yield* changedBy({ test: { name: "measure" } }), [])
      assert.deepStrictEqual(yield* changedBy({ bica: { name: "mutual" } }), [])
    })
  )

  it.effect("changes with the meaning of the stage, and with that of what it reads", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* changedBy({ test: { semantics: "p2" } }), ["test/bica", "test/one_way"])
      assert.deepStrictEqual(yield* changedBy({ train: { semantics: "t2" } }), all.slice(1))
    })
  )

  it.effect("changes with the meaning of its objective, and of no other", () =>
    Effect.map(changedBy({ bica: { semantics: "b2" } }), (changed) =>
      assert.deepStrictEqual(changed, ["test/bica", "train/bica"])
    )
  )

  it.effect("changes with the class of the engine", () =>
    Effect.map(changedBy({}, "onnx; avx512"), (changed) => assert.deepStrictEqual(changed, all))
  )

  it.effect("changes with the seed", () =>
    Effect.gen(function* () {
      const [first, second] = yield* Effect.all([plan(pipelineOf(), { seed: 13 }), plan(pipelineOf(), { seed: 14 })])
      const shared = new Set(first.map(({ identity }) => identity.key))
      assert.isFalse(second.some(({ identity }) => shared.has(identity.key)))
    })
  )
})

describe("the name of a run", () => {
  const name = (pipeline: Pipeline.Pipeline, selection: Pipeline.Selection) =>
    Effect.map(plan(pipeline, selection), (jobs) => Pipeline.runName(pipeline, jobs))

  it.effect("is equal for equal meaning, and begins with the pipeline's", () =>
    Effect.gen(function* () {
      const run = yield* name(pipelineOf(), {})
      assert.match(run, /^maptalk-[0-9a-f]{12}$/)
      assert.strictEqual(yield* name(pipelineOf(), {}), run)
      assert.strictEqual(yield* name(pipelineOf(), { study: "main" }), run)
      assert.notStrictEqual(yield* name(pipelineOf(), { seed: 13 }), run)
      assert.notStrictEqual(yield* name(pipelineOf({ train: { semantics: "t2" } }), {}), run)
    })
  )
})

describe("a plan with trainings that go on from each other", () => {
  const jobsOf = (selection: Pipeline.Selection = {}) =>
    Effect.map(
      plan(curriculum.pipeline, { seed: 13, ...selection }),
      (jobs) => new Map(jobs.map((job) => [job.identity.label, job]))
    )
  const stem = (label: string) => label.replace("/seed-13", "")

  it.effect(
    "runs once per seed what the file says the objective of, unless it comes after what runs for every objective",
    () =>
      Effect.gen(function* () {
        const labels = [...(yield* jobsOf()).keys()].filter((label) => !/[=]|without/.test(label)).map(stem)
        assert.deepStrictEqual(labels, [
          "taught",
          "settle",
          "easy/both",
          "hard/both",
          "after_easy/both",
          "ends/both",
          "after_hard/both",
          "after_ends/both",
          "easy/given",
          "hard/given",
          "after_easy/given",
          "ends/given",
          "after_hard/given",
          "after_ends/given",
          "guided",
          "settled"
        ])
      })
  )

  it.effect("runs what goes on from a varied training anew, and takes what stands before it as it is", () =>
    Effect.gen(function* () {
      const varied = (name: string) => (labels: Iterable<string>) =>
        [...labels].filter((label) => label.includes(`/${name}/`)).map((label) => stem(label).replace(`/${name}`, ""))
      const labels = [...(yield* jobsOf()).keys()]
      assert.deepStrictEqual(
        varied("hard.repeat=80")(labels).sort(),
        ["hard", "ends", "after_hard", "after_ends"].flatMap((stage) => [`${stage}/both`, `${stage}/given`]).sort()
      )
      // the weight of a term of the objective that only `settle` is for reaches everything after it
      assert.deepStrictEqual(
        varied("calm=0.1")(labels)
          .filter((label) => !label.includes("/"))
          .sort(),
        ["settle", "settled"]
      )
      assert.lengthOf(varied("calm=0.1")(labels), 2 + 2 * 6)
    })
  )

  it.effect(
    "cut short, runs whole what a training that is wanted goes on from, and that under another key than its beginning",
    () =>
      Effect.gen(function* () {
        const plain = yield* jobsOf()
        const cut = yield* jobsOf({ updates: 2, only: ["hard/both/seed-13"] })
        assert.deepStrictEqual(
          [...cut.values()].map(({ identity, whole }) => [stem(identity.label), whole]),
          [
            ["taught", false],
            ["settle", true],
            ["easy/both", true],
            ["hard/both", false]
          ]
        )
        const key = (jobs: typeof plain, label: string) => jobs.get(`${label}/seed-13`)?.identity.key
        assert.notStrictEqual(key(cut, "hard/both"), key(plain, "hard/both"))
        // nobody goes on from it here
        const alone = yield* jobsOf({ updates: 2, only: ["easy/both/seed-13"] })
        assert.deepStrictEqual(alone.get("easy/both/seed-13")?.whole, false)
        assert.notStrictEqual(key(alone, "easy/both"), key(cut, "easy/both"))
        // each says after which keys it comes
        for (const { after } of cut.values())
          for (const { key: before, label } of after) assert.strictEqual(cut.get(label)?.identity.key, before)
      })
  )
})

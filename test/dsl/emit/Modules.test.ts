/** Compiled protocols, mappers and instructors at work: the runtime does what the file says and the checker knows of it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Onnx from "../../../src/runtime/engine/onnx/OnnxEngine.ts"
import * as Bica from "../../../src/runtime/index.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { decode } from "../../../src/runtime/store/Safetensors.ts"
import * as file from "../../golden/good/modules.ts"
import { folder } from "../../runtime/store/Scratch.ts"
import { program } from "../check/Files.ts"

const text = readFileSync(join(import.meta.dirname, "..", "..", "golden", "good", "modules.bica"), "utf8")

const execute = Effect.fnUntraced(function* (pipeline: Bica.Pipeline.Pipeline, runs: string) {
  const summary = yield* Bica.Pipeline.execute(pipeline, { runs, record: {} }).pipe(
    Effect.provideService(Bica.Progress.Progress, Bica.Progress.Progress.of({ report: () => Effect.void })),
    Effect.provide(Layer.mergeAll(Onnx.layer, FileStore.layer))
  )
  const artifact = (stage: string, objective: string, name: string): Buffer =>
    readFileSync(join(summary.folder, "stages", stage, objective, "seed-1", "artifacts", name))
  return { summary, artifact }
})

const weights = (bytes: Uint8Array) => Effect.map(Effect.fromResult(decode(bytes)), ({ tensors }) => tensors)

describe("the compiled file", () => {
  it.effect("trains under each objective what it does not freeze, and plays with it", () =>
    Effect.gen(function* () {
      const { artifact, summary } = yield* execute(file.pipeline, yield* folder)
      const groups = function* (objective: string) {
        const all = yield* weights(artifact("train", objective, "weights.safetensors"))
        return [...new Set(Object.keys(all).map((name) => name.split(".")[0]))].sort()
      }
      assert.deepStrictEqual(yield* groups("all"), ["critic", "default", "guide", "module", "new", "walker"])
      assert.deepStrictEqual(yield* groups("deaf"), ["critic", "guide", "new", "walker"])
      const [columns = ""] = artifact("train", "all", "curve.csv").toString().split("\n")
      for (const name of ["budget.quiet", "budget.seldom", "budget.drift", "default.entropy", "walker.surrogate"]) {
        assert.include(columns.split(","), name)
      }
      // 6 latent codes, 3 symbols; a linear map of 8 to 12 numbers
      const all = yield* weights(artifact("train", "all", "weights.safetensors"))
      assert.deepStrictEqual(all["module.codebook"]?.shape, [6, 3])
      assert.deepStrictEqual(all["new.out.weight"]?.shape, [8, 12])
      const tokens = Object.fromEntries(summary.measures.map((one) => [one.by, one.overSeeds.mean]))
      // with a protocol the guide is not the only one who speaks; of the planner, who says nothing, the steps are measured
      assert.isAbove(tokens["planner"] ?? Number.NaN, 0)
      assert.isAtMost(tokens["deaf"] ?? Number.NaN, 20)
    }).pipe(Effect.scoped)
  )
})

describe("what the checker says that a term trains", () => {
  const { guide, walker, defaultModule, moduleModule, newModule, map } = file
  const surrogate = { clip: 0.2, entropy: 0 }
  const losses: Readonly<Record<string, Parameters<typeof Bica.Objective.make>[1]["loss"]>> = {
    near: file.near,
    alike: file.alike,
    clear: file.clear,
    rate: file.rate,
    calm: file.calm,
    walkers: Bica.ppo(walker, surrogate),
    guides: Bica.ppo(guide, surrogate),
    defaults: Bica.ppo(defaultModule, surrogate)
  }
  const objectives = Object.entries(losses).map(([name, loss]) =>
    Bica.Objective.make(name, { semantics: name, loss, within: [], freezing: [] })
  )
  const train = (name: string, times: number) =>
    Bica.Stage.make(name, {
      semantics: name,
      after: [],
      agents: [walker, guide],
      environment: map,
      forEach: "objective",
      program: Effect.fn(name)(function* (objective: Bica.Objective.Objective) {
        const training = yield* Bica.Training.begin({
          environment: map,
          agents: [walker, guide],
          modules: { protocol: moduleModule, instructor: defaultModule, mapper: newModule },
          objective
        })
        yield* training.repeat(
          { times, checkpointEvery: 10 },
          Effect.gen(function* () {
            yield* training.rollout({ environments: 8, steps: 8, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
            yield* training.update([walker, guide, moduleModule, defaultModule, newModule], {
              jointly: true,
              epochs: 1,
              minibatches: 1,
              rate: Bica.Schedule.constant(0.001),
              clipNorm: 0.5
            })
          })
        )
        yield* training.end
      })
    })

  it.effect("is what an update moves", () =>
    Effect.gen(function* () {
      const stages = [train("once", 1), train("twice", 2)]
      const pipeline = Bica.Pipeline.make("moved", {
        stages,
        objectives,
        claims: [],
        studies: [Bica.Study.make("main", { seeds: [1], compare: objectives })]
      })
      const { artifact } = yield* execute(pipeline, yield* folder)
      const { objectives: compiled, terms } = program(
        `${text}\nobjective walkers = ppo(walker) freezing guide, module, new, default\nobjective guides = ppo(guide) freezing walker, new, default\nobjective defaults = ppo(default) + ppo(guide) freezing walker, new\n`
      )
      const said = (name: string): ReadonlyArray<string> =>
        terms.find((one) => one.name === name)?.expression.trains ??
        compiled.find((one) => one.name === name)?.loss[0]?.trains ??
        []
      for (const { name } of objectives) {
        const before = yield* weights(artifact("once", name, "weights.safetensors"))
        const after = yield* weights(artifact("twice", name, "weights.safetensors"))
        const moved = new Set<string>()
        for (const [tensor, { data }] of Object.entries(after)) {
          const group = tensor.split(".")[0] ?? ""
          if (group !== "critic" && data.some((x, i) => x !== before[tensor]?.data[i])) moved.add(group)
        }
        assert.deepStrictEqual([...moved].sort(), [...said(name)].sort(), name)
      }
    }).pipe(Effect.scoped)
  )
})

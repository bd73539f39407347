import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { decodeLockfile, encodeLockfile } from "../../../src/runtime/store/Lockfile.ts"
import type { LockedPipeline } from "../../../src/runtime/store/Lockfile.ts"
import { lock } from "../../../src/runtime/verify/Evidence.ts"

const pipeline: LockedPipeline = {
  file: "tiny.bica",
  bica: "0.1.0",
  numerics: 1,
  study: null,
  seed: null,
  environment: {
    node: "24.21.0",
    platform: "linux-x64",
    instructions: "x64-avx2",
    engine: "onnx",
    version: "onnxruntime-node 1.30.0",
    numericClass: "onnx; onnxruntime-node 1.30.0; x64-avx2; 1 thread",
    threads: 1
  },
  meaning: { "stage test": { work: "w1" } },
  statements: { "stage test, play": "8 episodes on map" },
  stages: [
    {
      label: "train/bica/seed-13",
      key: "k1",
      stage: "train",
      objective: "bica",
      seed: 13,
      artifacts: { "curve.csv": "c1" },
      curve: { columns: "update,loss", updates: ["5f6b", "6bd4"] }
    }
  ],
  measured: [
    {
      stage: "test",
      metric: "success",
      by: "bica",
      oracle: false,
      on: "map",
      choose: "greedy",
      seed: 13,
      value: 0.1 + 0.2,
      low: null,
      high: null,
      n: 1
    }
  ],
  claims: { near: { verdict: "undecided", margin: { mean: null, low: null, high: null, n: 0 } } }
}

describe("bica.lock", () => {
  it("reads back as it was written, and is written as it was read", () => {
    const text = encodeLockfile({ format: "bica-lockfile/1", pipelines: { tiny: pipeline } })
    const read = Result.getOrThrow(decodeLockfile(text))
    assert.deepStrictEqual(read.pipelines.tiny, pipeline)
    assert.strictEqual(encodeLockfile(read), text)
  })

  it("has its pipelines in the order of their names, whichever was locked first", () => {
    const one = encodeLockfile({ format: "bica-lockfile/1", pipelines: { b: pipeline, a: pipeline } })
    const other = encodeLockfile({ format: "bica-lockfile/1", pipelines: { a: pipeline, b: pipeline } })
    assert.strictEqual(one, other)
  })

  it("shows a changed value as one changed line", () => {
    const lines = (changed: LockedPipeline) =>
      encodeLockfile({ format: "bica-lockfile/1", pipelines: { tiny: changed } }).split("\n")
    const measured = pipeline.measured.map((each) => ({ ...each, value: 0.5 }))
    const [before, after] = [lines(pipeline), lines({ ...pipeline, measured })]
    assert.strictEqual(before.length, after.length)
    assert.strictEqual(before.filter((line, n) => line !== after[n]).length, 1)
  })

  it("of another format is not read", () => {
    assert.isTrue(Result.isFailure(decodeLockfile('{ "format": "bica-lockfile/2", "pipelines": {} }')))
    assert.isTrue(Result.isFailure(decodeLockfile("<<<<<<< ours")))
  })

  it("says of a stage that its engine is not known to give the same bits every time", () => {
    const { environment, file, measured, claims, seed, study } = pipeline
    const stage = (label: string, objective: string | null) => ({
      label,
      key: "k",
      stage: label,
      objective,
      seed: 13,
      artifacts: {},
      curve: undefined
    })
    const lockedOn = (statement: { readonly deterministic?: false }) =>
      lock(
        {
          run: "r",
          identity: {
            format: "bica-identity/1",
            pipeline: "tiny",
            bica: "0.1.0",
            numerics: 1,
            environment: { ...environment, ...statement },
            meaning: {},
            statements: {},
            jobs: []
          },
          stages: [stage("train/bica/seed-13", "bica"), stage("oracles/seed-13", null)],
          measured,
          claims
        },
        { file, seed, study }
      ).stages.map(({ deterministic }) => deterministic)
    assert.deepStrictEqual(lockedOn({ deterministic: false }), [false, undefined])
    assert.deepStrictEqual(lockedOn({}), [undefined, undefined])
  })
})

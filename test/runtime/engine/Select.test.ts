import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import { flagsOf, instructionClass } from "../../../src/runtime/engine/Machine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"

const identityOf = (choice: Select.Choice) =>
  Effect.result(Engine.use(({ identity }) => Effect.succeed(identity)).pipe(Effect.provide(Select.layer(choice))))

describe("Select", () => {
  it.effect("offers exactly the engines that it says are available, and picks the one it says is chosen", () =>
    Effect.gen(function* () {
      const described = yield* Select.describe
      assert.deepStrictEqual(described.map(({ name }) => name).sort(), [
        "onnx",
        "tfjs-cpu",
        "tfjs-node",
        "tfjs-node-gpu"
      ])
      for (const { available, detail, name } of described) {
        if (!Select.isChoice(name)) return assert.fail(name)
        const identity = yield* identityOf(name)
        assert.strictEqual(Result.isSuccess(identity), available, `${name}: ${detail}`)
        if (Result.isSuccess(identity)) {
          assert.strictEqual(identity.success.name, name)
          assert.include(detail, identity.success.version)
        } else {
          assert.strictEqual(identity.failure.message, `${name}: ${detail}`)
        }
      }
      const chosen = described.filter((engine) => engine.chosen).map(({ name }) => name)
      const auto = yield* Effect.fromResult(yield* identityOf("auto"))
      assert.deepStrictEqual(chosen, [auto.name])
    })
  )

  it.effect("names in the numeric class what decides the bits", () =>
    Effect.gen(function* () {
      const onnx = yield* Effect.fromResult(yield* identityOf("onnx"))
      assert.match(onnx.numericClass, /^onnx; onnxruntime-node \d+\.\d+\.\d+; (x64|arm64)-\S+; 1 thread$/)
      const cpu = yield* Effect.fromResult(yield* identityOf("tfjs-cpu"))
      assert.match(cpu.numericClass, /^tfjs-cpu; @tensorflow\/tfjs-core 4\.22\.0; v8 \S+; 1 thread$/)
    })
  )
})

describe("Machine", () => {
  const classOf = (architecture: string, line: string) =>
    instructionClass(architecture, flagsOf(`model name : some\n${line}\n`))

  it("classes processors by their widest vector instructions", () => {
    assert.strictEqual(classOf("x64", "flags\t\t: fpu sse2 avx avx2 fma avx512f avx512dq avx512bw avx512vl"), "avx512")
    // Knights Landing has avx512f and not the others; kernels for it are those of avx2.
    assert.strictEqual(classOf("x64", "flags\t\t: fpu sse2 avx avx2 fma avx512f"), "avx2")
    assert.strictEqual(classOf("x64", "flags\t\t: fpu sse2 avx"), "avx")
    assert.strictEqual(classOf("x64", "flags\t\t: fpu sse2"), "sse2")
    assert.strictEqual(classOf("arm64", "Features\t: fp asimd sve"), "sve")
    assert.strictEqual(classOf("arm64", "Features\t: fp asimd"), "neon")
  })

  it("does not guess without a report", () => {
    assert.isUndefined(instructionClass("x64", flagsOf("")))
  })
})

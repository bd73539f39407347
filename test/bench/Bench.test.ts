import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { options } from "../../bench/Options.ts"
import type { Result } from "../../bench/Result.ts"
import { decode } from "../../bench/Result.ts"

const project = Path.resolve(import.meta.dirname, "../..")

/** What `node bench/main.ts <words>` ends with. */
const bench = (...words: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number; readonly out: string; readonly error: string }>((resume) => {
    const child = execFile(process.execPath, [Path.join(project, "bench/main.ts"), ...words], (_, out, error) =>
      resume(Effect.succeed({ code: child.exitCode ?? -1, out, error }))
    )
    return Effect.sync(() => void child.kill())
  })

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-bench-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

const kept = () => {
  const folder = Path.join(project, ".bica")
  return Fs.existsSync(folder) ? Fs.readdirSync(folder).filter((name) => name.startsWith("bench-")) : []
}

const measured = [
  "training.bidirectional.64.rollout",
  "training.bidirectional.64.update",
  "training.bidirectional.64.both",
  "training.bidirectional.64.products",
  "training.bidirectional.64.memory",
  "training.one_directional.64.rollout",
  "training.one_directional.64.update",
  "training.one_directional.64.both",
  "training.one_directional.64.products",
  "training.one_directional.64.memory",
  "checkpoint.checkpoint",
  "checkpoint.checkpointShare",
  "evaluation.episodes",
  "evaluation.memory",
  "node.cold",
  "start.first",
  "check.cold",
  "flagship.cold",
  "language.check",
  "language.compile",
  "language.thousand_lines",
  "language.thousand_lines_cpu",
  "language.thousand_lines_new",
  "language.thousand_lines_new_cpu",
  "language.edit",
  "language.edit_cpu",
  "language.edit_slowest"
]

// It starts a dozen processes: on a machine that is busy with other tests that takes its time, and says nothing about the bench.
describe("the bench", { timeout: 240_000 }, () => {
  it.live("measures everything it promises, says on what, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const before = kept()
      const json = Path.join(yield* temporaryFolder, "result.json")
      const { code, error, out } = yield* bench("--quick", "--json", json)
      assert.strictEqual(code, 0, error)
      const result: Result = yield* decode(Fs.readFileSync(json, "utf8"))

      assert.deepStrictEqual(
        result.measures.map(({ id }) => id),
        measured
      )
      for (const { id, maximum, median, minimum, values } of result.measures) {
        assert.deepStrictEqual(
          [values.length, minimum > 0, minimum <= median, median <= maximum],
          [1, true, true, true],
          id
        )
      }
      assert.isAbove(result.ratios.length, 0)
      for (const { above, below, median } of result.ratios) {
        assert.includeMembers(measured, [above, below])
        assert.isAbove(median, 0)
      }
      // a rollout with its update takes longer than either alone
      const figure = (id: string) => result.measures.find((measure) => measure.id === id)?.median ?? Number.NaN
      for (const objective of ["bidirectional", "one_directional"]) {
        const both = figure(`training.${objective}.64.both`)
        assert.isBelow(both, figure(`training.${objective}.64.rollout`))
        assert.isBelow(both, figure(`training.${objective}.64.update`))
      }
      assert.isBelow(figure("checkpoint.checkpointShare"), 100)

      assert.isTrue(result.quick)
      assert.strictEqual(result.rounds, 1)
      assert.strictEqual(result.engine.threads, 1)
      assert.strictEqual(result.versions.node, process.versions.node)
      assert.strictEqual(result.configuration.environments, 128)
      assert.strictEqual(result.configuration.steps, 16)
      for (const { what } of result.measures) assert.include(out, what)
      assert.deepStrictEqual(kept(), before)
    })
  )

  it.live("refuses what it cannot do, in one line, before anything is measured", () =>
    Effect.gen(function* () {
      const nowhere = yield* temporaryFolder
      const peer = yield* bench("--quick", "--peer", nowhere)
      assert.deepStrictEqual(peer, {
        code: 1,
        out: "",
        error: `bench: ${nowhere} holds no bica.py, so the peer is not there\n`
      })
      const reason = (...words: ReadonlyArray<string>) =>
        Effect.map(Effect.flip(options(words)), ({ message }) => message)
      assert.strictEqual(yield* reason("--rounds", "0"), "bench: --rounds is a whole number from 1 to 1000, not 0")
      assert.strictEqual(yield* reason("--rounds", "2.5"), "bench: --rounds is a whole number from 1 to 1000, not 2.5")
      assert.include(yield* reason("--fast"), "--fast")
    })
  )
})

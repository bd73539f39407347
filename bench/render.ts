/** `node bench/render.ts`: writes the figures of bench/result.json into docs/performance.md. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect } from "effect"
import * as Fs from "node:fs"
import { BenchError } from "./Child.ts"
import { documentPath, figuresOf, resultPath, withFigures } from "./Document.ts"
import { decode } from "./Result.ts"

const program = Effect.gen(function* () {
  const fail = (reason: string) => new BenchError({ what: "render", reason })
  const text = yield* Effect.try({
    try: () => Fs.readFileSync(resultPath, "utf8"),
    catch: () => fail(`${resultPath} is not there: npm run bench -- --json bench/result.json makes it`)
  })
  const result = yield* Effect.mapError(decode(text), (error) => fail(`${resultPath} is no result: ${error.message}`))
  if (result.quick) return yield* fail(`${resultPath} was made with --quick: its figures mean nothing`)
  const written = withFigures(Fs.readFileSync(documentPath, "utf8"), figuresOf(result))
  if (written === undefined) return yield* fail(`${documentPath} has lost a marker`)
  yield* Effect.sync(() => Fs.writeFileSync(documentPath, written))
})

program.pipe(
  Effect.tapError((error) => Effect.sync(() => process.stderr.write(`${error.message}\n`))),
  NodeRuntime.runMain({ disableErrorReporting: true })
)

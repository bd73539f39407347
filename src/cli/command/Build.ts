import { Effect } from "effect"
import * as Path from "node:path"
import { parseConcrete } from "../../dsl/syntax/Parse.ts"
import { pathOf } from "../Code.ts"
import type { Checked } from "../Language.ts"
import { analysis, checked, show, typescript } from "../Language.ts"
import { read, readIfThere, replace } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import { experimentFailed, wrongFile } from "../Stop.ts"

type Step = "cst" | "ast" | "program" | "ts"

const print = (text: string) => Effect.sync(() => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`))

type Declaration = ReturnType<typeof parseConcrete>["declarations"][number]
type CstElement = Declaration["children"][string][number]

/** A node of the concrete tree as `{ rule: { part: [...] } }`, its tokens as they stand in the text. */
const tree = (element: CstElement): unknown =>
  "image" in element
    ? element.image
    : {
        [element.name]: Object.fromEntries(
          Object.entries(element.children).map(([part, below]) => [part, below.map(tree)])
        )
      }

const json = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (each instanceof Set ? [...each] : each), 2)

const emitted = Effect.fnUntraced(function* (name: string, step: Step): Effect.fn.Return<void, Stop> {
  if (step === "cst" || step === "ast") {
    // What was understood of a file with errors is what one wants to see here: printed all the same, with exit code 2.
    const source = yield* read(name)
    const { diagnostics, file } = yield* analysis(source)
    if (source.fault === undefined) {
      yield* print(json(step === "cst" ? parseConcrete(source.text).declarations.map(tree) : file))
    }
    yield* show(diagnostics, source)
    if (diagnostics.some((each) => each.severity === "error")) return yield* wrongFile()
    return
  }
  const file = yield* checked(name)
  yield* print(step === "program" ? json(file.program) : yield* typescript(file))
})

/** The compiled file of `pipelines/maptalk.bica` is `<out>/maptalk.ts`. */
const target = (file: Checked, out: string): string =>
  Path.join(out, `${Path.basename(file.source.name).replace(/\.bica$/, "")}.ts`)

/**
 * Compiles files into the folder `out`; nothing is written unless all of them are right. With `check` nothing is written,
 * and exit code 1 says that a compiled file is missing or stale. With `emit` that step is printed instead.
 */
export const build = Effect.fnUntraced(function* (input: {
  readonly files: ReadonlyArray<string>
  readonly emit: Step | undefined
  readonly check: boolean
  readonly out: string
}): Effect.fn.Return<void, Stop> {
  if (input.emit !== undefined) {
    for (const name of input.files) yield* emitted(name, input.emit)
    return
  }
  const texts = new Map<string, string>()
  for (const name of input.files) {
    const file = yield* checked(name)
    const path = target(file, input.out)
    const over = file.program.code.find((one) => Path.resolve(path) === pathOf(file.source, one.path))
    if (over !== undefined) {
      return yield* wrongFile(
        `${name}: would be compiled to ${path}, where its own module ${over.path} lies`,
        "Give another folder with `-o`."
      )
    }
    if (texts.has(path)) return yield* wrongFile(`${name}: another of the files compiles to ${path} as well`)
    texts.set(path, yield* typescript(file, input.out))
  }
  let stale = false
  for (const [path, text] of texts) {
    const there = yield* readIfThere(path)
    if (there === text) continue
    if (input.check) {
      stale = true
      process.stderr.write(`${path}: ${there === undefined ? "is missing" : "is stale"}; \`bica build\` writes it\n`)
    } else {
      yield* replace(path, text)
      process.stdout.write(`${path}\n`)
    }
  }
  if (stale) return yield* experimentFailed()
})

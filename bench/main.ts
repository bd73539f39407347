/**
 * `npm run bench`: how fast and how large bica is on this machine. Several warm processes take turns, round after round, so that what
 * disturbs the machine disturbs all of them alike; figures are medians over the rounds, ratios are taken within each round.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { DateTime, Effect } from "effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { root, version } from "../src/cli/Installation.ts"
import { machine } from "../src/runtime/engine/Machine.ts"
import { BenchError } from "./Child.ts"
import { configuration } from "./Experiment.ts"
import type { Options } from "./Options.ts"
import { options, usage } from "./Options.ts"
import { compare, interleave, measures } from "./Plan.ts"
import { regressions } from "./Regression.ts"
import { decode } from "./Result.ts"
import type { Result } from "./Result.ts"
import { figure, plain } from "./Table.ts"
import { fullSize, prepare, quickSize } from "./Turns.ts"

/** A folder on the disk that runs are kept on, removed with the scope. */
const workFolder = Effect.acquireRelease(
  Effect.sync(() => {
    const parent = Path.join(root, ".bica")
    Fs.mkdirSync(parent, { recursive: true })
    return Fs.mkdtempSync(Path.join(parent, "bench-"))
  }),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

const packageVersion = (name: string): string => {
  const read: unknown = JSON.parse(Fs.readFileSync(Path.join(root, "node_modules", name, "package.json"), "utf8"))
  return typeof read === "object" && read !== null && "version" in read ? String(read.version) : "unknown"
}

/** The commit that is measured, where this is a checkout. */
const commit = (): string => {
  const git = (...words: ReadonlyArray<string>) => spawnSync("git", words, { cwd: root, encoding: "utf8" })
  const head = git("rev-parse", "--short=12", "HEAD")
  if (head.status !== 0) return ""
  const changed =
    git("status", "--porcelain", "--", "src", "bench", "bin", "pipelines", ":!bench/result.json").stdout.trim() !== ""
  return ` (commit ${head.stdout.trim()}${changed ? " with changes" : ""})`
}

const measure = Effect.fnUntraced(function* ({ peer, quick, rounds }: Options) {
  const load = Os.platform() === "win32" ? null : (Os.loadavg()[0] ?? null)
  const began = DateTime.formatIso(yield* DateTime.now)
  const size = quick ? quickSize : fullSize
  const say = (line: string) => process.stderr.write(`${line}\n`)
  say("starting and warming up")
  const { comparisons, engine, peerVersion, turns } = yield* prepare(size, yield* workFolder, peer)
  if (engine === undefined) return yield* new BenchError({ what: "bench", reason: "no engine said what it is" })
  const taken = yield* interleave(turns, {
    rounds,
    atOnce: quick ? 2 : 1,
    report: (round, { id }) => say(`round ${round} of ${rounds}: ${id}`)
  })
  const { environments, epochs, minibatches, steps } = configuration
  const { cores, instructions, platform, processor } = yield* machine
  const result: Result = {
    format: "bica-bench/1",
    began,
    quick,
    rounds,
    machine: { platform, processor, cores, instructions, memory: Os.totalmem() / 2 ** 20, loadBefore: load },
    engine,
    versions: {
      bica: `${version}${commit()}`,
      node: process.versions.node,
      effect: packageVersion("effect"),
      ...(peerVersion === undefined ? {} : { peer: peerVersion })
    },
    configuration: {
      environments,
      steps,
      epochs,
      minibatches,
      hidden: size.hidden,
      block: size.block,
      warmUp: size.warmUp,
      episodes: size.episodes
    },
    measures: measures(turns, taken),
    ratios: compare(comparisons, taken)
  }
  return result
}, Effect.scoped)

/** Fails when ratios have become worse since `file` was kept. */
const hold = Effect.fnUntraced(function* (file: string, now: Result) {
  const fail = (reason: string) => new BenchError({ what: file, reason })
  const text = yield* Effect.try({ try: () => Fs.readFileSync(file, "utf8"), catch: () => fail("cannot be read") })
  const before = yield* Effect.mapError(decode(text), () => fail("is no result of the bench"))
  const worse = regressions(before, now, 0.25)
  if (worse.length === 0) return
  const lines = worse.map(
    ({ before, now, what, worse }) =>
      `  ${what}: ${figure(before)} before, ${figure(now)} now, ${figure(worse)} times as bad`
  )
  return yield* fail(`ratios have become worse since it was kept:\n${lines.join("\n")}`)
})

const program = Effect.gen(function* () {
  const chosen = yield* options(process.argv.slice(2))
  if (chosen.help) return void process.stdout.write(usage)
  const result = yield* measure(chosen)
  process.stdout.write(`${plain(result)}\n`)
  const { json } = chosen
  if (json !== undefined) yield* Effect.sync(() => Fs.writeFileSync(json, `${JSON.stringify(result, undefined, 1)}\n`))
  if (chosen.against !== undefined) yield* hold(chosen.against, result)
})

program.pipe(
  Effect.tapError((error) => Effect.sync(() => process.stderr.write(`${error.message}\n`))),
  NodeRuntime.runMain({ disableErrorReporting: true })
)

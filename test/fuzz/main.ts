/**
 * Many cases: `node test/fuzz/main.ts --cases 1000000 --seed 1 --programs 2000`. The cases run in a thread that may use 512 MB and
 * must show after a minute of processor time that it goes on; the failing text and the seed that gives it again are printed. Put a text that showed a
 * fault into `test/fuzz/corpus`: it is a case of every later run, and a file that the tests format.
 */
import * as fc from "fast-check"
import { parseArgs } from "node:util"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { compilerSays } from "./Compile.ts"
import { experiment } from "./Experiments.ts"
import { sound } from "./Sound.ts"
import { sorted } from "./Texts.ts"

/** Cases between two signs of life. */
const chunk = 500
/** Seconds of processor time without one after which a case counts as a hang. They take one or two. */
const patience = 60
/** Programs that are compiled together. */
const batch = 200

interface Task {
  readonly cases: number
  readonly programs: number
  readonly seed: number
}

const numbers = (): Task => {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "10000" },
      programs: { type: "string", default: "200" },
      seed: { type: "string", default: "1" }
    }
  })
  return { cases: Number(values.cases), programs: Number(values.programs), seed: Number(values.seed) }
}

const work = ({ cases, programs, seed }: Task): void => {
  const kinds: Record<string, number> = {}
  const any = fc.property(sorted, fc.option(fc.nat(), { freq: 4, nil: undefined }), ({ kind, text }, editor) => {
    kinds[kind] = (kinds[kind] ?? 0) + 1
    sound(text, editor)
  })
  const say = (said: string) => parentPort?.postMessage({ said, kinds })
  // Exceptions with which the parser ends are not looked at: to write down where each came from takes long.
  const depth = Error.stackTraceLimit
  for (let done = 0; done < cases; done += chunk) {
    const run = () => fc.assert(any, { numRuns: Math.min(chunk, cases - done), seed: seed + done })
    Error.stackTraceLimit = 0
    try {
      run()
    } catch {
      Error.stackTraceLimit = depth
      run()
    }
    say(`${Math.min(done + chunk, cases)} cases`)
  }
  Error.stackTraceLimit = depth
  for (let done = 0; done < programs; done += batch) {
    const says = compilerSays(fc.sample(experiment, { numRuns: Math.min(batch, programs - done), seed: seed + done }))
    if (says !== "") throw new Error(says)
    say(`${Math.min(done + batch, programs)} programs`)
  }
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: numbers(),
    resourceLimits: { maxOldGenerationSizeMb: 512 }
  })
  let said = "nothing"
  let steps = 0
  let since = process.cpuUsage()
  const stop = (reason: string) => {
    process.stderr.write(`after ${said}: ${reason}\n`)
    process.exit(1)
  }
  // Not by the clock: the machine may be busy with other things.
  const watch = setInterval(() => {
    if (process.cpuUsage(since).user > patience * 1e6) stop("a case does not end")
  }, 5000)
  let kinds: Readonly<Record<string, number>> = {}
  const memory = () => `at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`
  worker.on("message", (message: { readonly said: string; readonly kinds: Readonly<Record<string, number>> }) => {
    ;({ said, kinds } = message)
    since = process.cpuUsage()
    if (++steps % 20 === 0) process.stdout.write(`${said}, ${memory()}\n`)
  })
  worker.on("error", (error) => stop(error instanceof Error ? error.message : String(error)))
  worker.on("exit", (code) => {
    clearInterval(watch)
    for (const [kind, count] of Object.entries(kinds)) process.stdout.write(`${count} ${kind}\n`)
    process.stdout.write(`${said}, ${memory()}, ${code === 0 ? "nothing wrong" : "stopped"}\n`)
  })
} else {
  work(workerData as Task)
}

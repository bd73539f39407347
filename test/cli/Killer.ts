/**
 * Loaded before bica (`node --import`): counts, phase by phase, what the process asks of its engine and what it writes, and kills it
 * with SIGKILL at the one of these calls that it is told, half of a file's bytes written.
 *
 * `BICA_KILL_FOLDER`: what is written below it counts. `BICA_KILL_AT`: `update 3`, the third call of that phase. `BICA_KILL_LOG`: a file
 * that gets the counts when the process ends, or where it was killed.
 */
import Fs, { writeFileSync, writeSync } from "node:fs"
import { createRequire, syncBuiltinESMExports } from "node:module"
import * as Path from "node:path"

/** What a process may be at. */
type Phase = "records" | "rollout" | "update" | "play" | "checkpoint" | "artifacts" | "results" | "report"

type Call = (...words: Array<unknown>) => unknown

const { BICA_KILL_AT: wanted = "", BICA_KILL_FOLDER: folder = "", BICA_KILL_LOG: log = "" } = process.env

const counts: Partial<Record<Phase, number>> = {}
/** The stage that was begun last. */
let stage = ""

/** Counts a call; when it is the one, `half` of it is done and the process ends. */
const counted = (phase: Phase, half: () => void) => {
  const count = (counts[phase] ?? 0) + 1
  counts[phase] = count
  if (`${phase} ${count}` !== wanted) return
  half()
  writeFileSync(log, wanted)
  process.kill(process.pid, "SIGKILL")
}

process.on("exit", () => writeFileSync(log, JSON.stringify(counts)))

// ---- the engine ---------------------------------------------------------------------------------------------------

interface NativeSession {
  readonly run: (feeds: object, fetches: object, options: object) => unknown
}

interface Binding {
  InferenceSession: new () => NativeSession
}

const binding: Binding = createRequire(import.meta.url)("onnxruntime-node/dist/binding.js").binding
const Native = binding.InferenceSession
binding.InferenceSession = class extends Native {
  override readonly run = (feeds: object, fetches: object, options: object): unknown => {
    const outputs = Object.keys(fetches)
    const inTraining = stage.startsWith("train/")
    counted(inTraining ? (outputs.includes("output:loss") ? "update" : "rollout") : "play", () => undefined)
    return super.run(feeds, fetches, options)
  }
}

// ---- what it says -------------------------------------------------------------------------------------------------

const { stdout } = process
const write = stdout.write
Object.assign(stdout, {
  write: (...words: Array<unknown>) => {
    for (const [, label = ""] of String(words[0]).matchAll(/"_tag":"StageStarted","label":"([^"]*)"/g)) stage = label
    return Reflect.apply(write, stdout, words)
  }
})

// ---- files --------------------------------------------------------------------------------------------------------

const calls = Fs as unknown as Record<string, Call>

const opened = new Map<unknown, string>()

const phaseOf = (path: string): Phase | undefined => {
  if (folder === "" || !Path.resolve(path).startsWith(folder)) return undefined
  if (process.argv[2] === "report") return "report"
  if (path.includes("/checkpoints/")) return "checkpoint"
  if (path.includes("/stages/")) return "artifacts"
  return stage === "" ? "records" : "results"
}

/** Half of what a call would write, into a file that is open or that it would make. */
const halfOf = (to: unknown, what: unknown, offset: unknown, length: unknown) => () => {
  if (typeof to === "number" && what instanceof Uint8Array && typeof offset === "number") {
    writeSync(to, what, offset, Math.floor((typeof length === "number" ? length : what.length - offset) / 2))
  } else if (typeof to === "string" && typeof what === "string") {
    writeFileSync(to, what.slice(0, Math.floor(what.length / 2)))
  }
}

for (const name of ["open", "write", "writeFile", "fsync", "rename", "mkdir", "rm", "unlink", "link"]) {
  for (const each of [name, `${name}Sync`]) {
    const call = calls[each]
    if (call === undefined) continue
    calls[each] = (...words) => {
      const [to, what, offset, length] = words
      const path = opened.get(to) ?? String(to)
      const phase = name === "open" && (what === "r" || what === 0) ? undefined : phaseOf(path)
      if (phase !== undefined)
        counted(phase, name.startsWith("write") ? halfOf(to, what, offset, length) : () => undefined)
      if (name !== "open") return call(...words)
      const after = words.at(-1)
      if (typeof after !== "function") {
        const descriptor = call(...words)
        opened.set(descriptor, path)
        return descriptor
      }
      return call(...words.slice(0, -1), (error: unknown, descriptor: unknown) => {
        if (descriptor !== undefined) opened.set(descriptor, path)
        after(error, descriptor)
      })
    }
  }
}
syncBuiltinESMExports()

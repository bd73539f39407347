import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { machine } from "../../runtime/engine/Machine.ts"
import * as Select from "../../runtime/engine/Select.ts"
import { root, version } from "../Installation.ts"
import { isColoured, palette } from "../Screen.ts"
import type { Stop } from "../Stop.ts"
import { wrongMachine } from "../Stop.ts"

interface Finding {
  readonly name: string
  readonly fine: boolean
  readonly detail: string
}

/** The nearest folder that is there; runs would be made below it. */
const existing = (path: string): string => (Fs.existsSync(path) ? path : existing(Path.dirname(path)))

const disk: Effect.Effect<Finding> = Effect.try({
  try: (): Finding => {
    const folder = existing(Path.resolve(".bica/runs"))
    Fs.accessSync(folder, Fs.constants.W_OK)
    const { bavail, bsize } = Fs.statfsSync(folder)
    const free = (bavail * bsize) / 2 ** 30
    return { name: "disk", fine: free >= 0.1, detail: `${free.toFixed(1)} GiB free for runs below ${folder}` }
  },
  catch: (cause) => (cause instanceof Error ? cause.message : String(cause))
}).pipe(
  Effect.catch((reason) => Effect.succeed({ name: "disk", fine: false, detail: `runs cannot be written: ${reason}` }))
)

/**
 * Says what this machine has: Node, processor, disk, engines, and which engine would run. Exit code 3 when something that
 * a run needs is missing.
 */
export const doctor = Effect.fnUntraced(function* (input: { readonly json: boolean }): Effect.fn.Return<void, Stop> {
  const { cores, instructions, platform, processor } = yield* machine
  const engines = yield* Select.describe
  const space = yield* disk
  const chosen = engines.find((engine) => engine.chosen)
  const fine = space.fine && chosen !== undefined
  if (input.json) {
    const node = { version: process.versions.node, path: process.execPath }
    const document = {
      fine,
      bica: { version, folder: root },
      node,
      machine: { platform, processor, instructions, cores, memory: Os.totalmem() },
      disk: { fine: space.fine, detail: space.detail },
      engines
    }
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  } else {
    const paint = palette(isColoured(process.stdout, process.env))
    const memory = `${(Os.totalmem() / 2 ** 30).toFixed(1)} GiB`
    const findings: ReadonlyArray<Finding> = [
      { name: "bica", fine: true, detail: `${version} in ${root}` },
      { name: "node", fine: true, detail: `${process.versions.node} (${process.execPath})` },
      { name: "machine", fine: true, detail: `${processor}, ${cores} cores, ${memory}, ${platform}, ${instructions}` },
      space
    ]
    const width = Math.max(...[...findings, ...engines].map(({ name }) => name.length))
    for (const { detail, fine, name } of findings) {
      process.stdout.write(`${fine ? paint.good("ok") : paint.bad("--")}  ${name.padEnd(width)}  ${detail}\n`)
    }
    process.stdout.write("\nengines\n")
    for (const { available, detail, name } of engines) {
      process.stdout.write(`${available ? paint.good("ok") : paint.faint("--")}  ${name.padEnd(width)}  ${detail}\n`)
    }
    process.stdout.write(
      chosen === undefined ? "\nno engine works here\n" : `\n${chosen.name} runs unless --engine names another\n`
    )
  }
  if (!fine) {
    return yield* wrongMachine(
      ...(space.fine ? [] : [space.detail]),
      ...(chosen === undefined ? ["no engine works here"] : [])
    )
  }
})

/** The process: runs the command, says in plain words what stopped it, and exits with a code that means something. */
import { exitCodes } from "./ExitCodes.ts"
import type { Ended } from "./ExitCodes.ts"
import { quick } from "./Quick.ts"

// `bica explain FILE | head` closes the pipe early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.fine)
  throw error
})

// A first signal lets what runs come to a good end. A second ends at once, unless it comes so soon that it is the first again: `timeout` and
// others send a signal to a process and to its group. What is kept is whole at any instant.
const sameSignal = 500
let told: number | undefined
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    told ??= performance.now()
    if (performance.now() - told <= sameSignal) return
    if (process.stdout.isTTY) process.stdout.write("\u001b[?25h") // the display may have hidden the cursor
    // By the signal itself, which a shell shows as 130 for SIGINT. `exit` would wait for threads to leave a run of the engine, whose binding
    // then throws where nobody can catch it.
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** Does the work and ends with its code; what is thrown in it is a fault of bica, and reported as the whole command line reports one. */
const end = async (work: () => Ended): Promise<void> => {
  let ended: Ended
  try {
    ended = work()
  } catch (defect) {
    return (await import("./Process.ts")).fault(defect)
  }
  for (const line of ended.lines) process.stderr.write(`${line}\n`)
  process.exitCode = ended.exitCode
}

const words = process.argv.slice(2)
const work = await quick(words)
if (work === undefined) (await import("./Process.ts")).run(words)
else await end(work)

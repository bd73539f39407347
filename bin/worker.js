/** A thread that runs stages for a run; see src/runtime/worker. Its files are those that the run itself was started from. */
import { workerData } from "node:worker_threads"
import { addressOf, resolveHere } from "./loading.js"

const running = workerData.running
resolveHere(running)
const { serve } = await import(addressOf(running, "runtime", "worker", "Main"))
await serve()

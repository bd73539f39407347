/** Reading the clocks of this process. */
import * as Fs from "node:fs"

/** Seconds: of processor time that all threads of this process took, and of time that passed. */
export interface Reading {
  readonly cpu: number
  readonly wall: number
}

export const read = (): Reading => {
  const { system, user } = process.cpuUsage()
  return { cpu: (user + system) / 1e6, wall: performance.now() / 1e3 }
}

/** From one reading to a later one. */
export const since = (from: Reading, to: Reading = read()): Reading => ({
  cpu: to.cpu - from.cpu,
  wall: to.wall - from.wall
})

/**
 * The most memory that this process has held at once, in MiB. On Linux from the process's own status: the figure of `getrusage` may
 * hold its parent's from before it started.
 */
export const peakMemory = (): number => {
  const status = Fs.existsSync("/proc/self/status") ? Fs.readFileSync("/proc/self/status", "utf8") : ""
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes)) / 1024
}

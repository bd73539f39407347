/**
 * What of the machine decides the bits of a result: the architecture and the widest vector instructions of the processor.
 */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"

/** The processor as the operating system reports it. */
export interface Machine {
  /** `linux-x64`, `darwin-arm64`, ... */
  readonly platform: string
  readonly processor: string
  readonly cores: number
  /**
   * The instruction set class, e.g. `x64-avx512`, `x64-avx2`, `arm64-sve`. Numeric kernels are chosen by it. Where the system
   * does not tell (macOS, Windows) it is the processor's name.
   */
  readonly instructions: string
}

/** Reads it; never fails. */
export const machine: Effect.Effect<Machine> = Effect.gen(function* () {
  const report = yield* Effect.try({ try: () => readFileSync("/proc/cpuinfo", "utf8"), catch: () => "" }).pipe(
    Effect.catch(() => Effect.succeed(""))
  )
  const processor = cpus()[0]?.model.trim() ?? ""
  const flags = flagsOf(report)
  return {
    platform: `${process.platform}-${process.arch}`,
    processor: processor === "" || processor === "unknown" ? process.arch : processor,
    cores: availableParallelism(),
    instructions: `${process.arch}-${instructionClass(process.arch, flags) ?? dashed(processor)}`
  }
})

/** The class of a set of flags as `/proc/cpuinfo` names them; undefined when they do not tell. */
export const instructionClass = (architecture: string, flags: ReadonlySet<string>): string | undefined => {
  const has = (...names: ReadonlyArray<string>) => names.every((name) => flags.has(name))
  if (flags.size === 0) return undefined
  if (architecture === "x64") {
    if (has("avx512f", "avx512bw", "avx512dq", "avx512vl")) return "avx512"
    if (has("avx2", "fma")) return "avx2"
    return has("avx") ? "avx" : "sse2"
  }
  if (architecture === "arm64") {
    if (has("sme")) return "sme"
    return has("sve") ? "sve" : "neon"
  }
  return undefined
}

/** The flags of the first processor in a `/proc/cpuinfo`. */
export const flagsOf = (report: string): ReadonlySet<string> => {
  const line = report.split("\n").find((line) => /^(flags|Features)\s*:/.test(line)) ?? ""
  return new Set(
    line
      .slice(line.indexOf(":") + 1)
      .split(/\s+/)
      .filter((flag) => flag !== "")
  )
}

// internal

const dashed = (text: string): string => text.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "unknown"

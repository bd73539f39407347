/**
 * TensorFlow.js, in whichever of its three packages is there. The only file that imports it.
 *
 * `@tensorflow/tfjs-node-gpu` is an optional dependency whose native addon is fetched by an install script that npm does not run on its
 * own here; `@tensorflow/tfjs-node` is used where someone installed it; `@tensorflow/tfjs-core` with the plain JavaScript backend is
 * always there.
 */
import type * as tfjs from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import { execFile } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import util from "node:util"

/** The functions of TensorFlow.js. */
export type Library = typeof tfjs
export type Tensor = tfjs.Tensor

/** A package and the device it computes on, called as the engines are. */
export type Variant = "tfjs-cpu" | "tfjs-node" | "tfjs-node-gpu"

/** A loaded library. */
export interface TensorFlow {
  readonly variant: Variant
  readonly library: Library
  /** The name of its backend; two backends can live in one process. */
  readonly backend: string
  /** Of the package and, where there is one, of the native TensorFlow below it. */
  readonly version: string
  readonly threads: number
}

/** Why a variant cannot be used here, in a plain sentence that says what to do. */
export class TensorFlowUnavailable extends Schema.TaggedError<TensorFlowUnavailable>()("TensorFlowUnavailable", {
  variant: Schema.String,
  reason: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.variant}: ${this.reason}`
  }
}

/** An NVIDIA graphics processor that CUDA can use. */
export interface Cuda {
  /** What was found or what is missing. */
  readonly detail: string
  /** As the driver names it; undefined when there is none. */
  readonly device: string | undefined
}

/** Asks the driver's `nvidia-smi` for a device. Never fails, takes 5 s at most. */
export const cuda: Effect.Effect<Cuda> = Effect.gen(function* () {
  const listed = yield* output("nvidia-smi", ["-L"])
  const device = listed.ok ? /^GPU 0: (.*?)(?: \(UUID.*)?$/m.exec(listed.text)?.[1] : undefined
  if (device !== undefined) return { device, detail: device }
  const file = ["/dev/nvidia0", "/dev/dxg"].find((path) => existsSync(path))
  if (file === undefined)
    return { device, detail: "no CUDA device: nvidia-smi lists none and there is no /dev/nvidia0" }
  return {
    device,
    detail: `${file} is there, but nvidia-smi ${listed.ok ? "lists no device" : "does not run"}: check the NVIDIA driver`
  }
})

/**
 * Loads a variant into this process.
 *
 * Thread counts and determinism are read by the native library when it starts, so they are set before: one thread unless
 * `TF_NUM_INTRAOP_THREADS` says otherwise, `TF_DETERMINISTIC_OPS=1` always. Fails when the package or its native addon is missing,
 * when the addon does not load, and for `tfjs-node-gpu` when there is no CUDA device.
 */
export const load = Effect.fn("TensorFlow.load")(function* (variant: Variant) {
  if (variant === "tfjs-cpu") return yield* loadCpu
  const entry = yield* findNative(variant)
  return yield* loadNative(variant, entry)
})

/**
 * The version of a variant that would load, found out in a process of its own: a native library that does not fit this machine can
 * end the process that loads it, and two of them do not go together. Fails as `load` does.
 */
export const examine = Effect.fn("TensorFlow.examine")(function* (variant: Variant) {
  if (variant === "tfjs-cpu") return (yield* loadCpu).version
  yield* findNative(variant)
  const answer = yield* output(process.execPath, [
    "--input-type=module",
    "--eval",
    `const { reportNative } = await import(${JSON.stringify(import.meta.url)}); await reportNative(${JSON.stringify(variant)})`
  ])
  const report = /^report (ok|failed): (.*)$/m.exec(answer.text)
  if (report?.[1] === "ok") return report[2] ?? ""
  return yield* new TensorFlowUnavailable({
    variant,
    reason:
      report?.[2] ?? `${packageOf[variant]} ends the process that loads it; install it again, or choose another engine`,
    cause: answer.text
  })
})

/** Prints what `examine` reads; called in its process. */
export const reportNative = (variant: "tfjs-node" | "tfjs-node-gpu"): Promise<void> =>
  Effect.runPromise(
    load(variant).pipe(
      Effect.map(({ version }) => `report ok: ${version}`),
      Effect.catch((error) => Effect.succeed(`report failed: ${error.reason}`)),
      Effect.flatMap((line) => Effect.sync(() => void process.stdout.write(`${line.replaceAll("\n", " ")}\n`)))
    )
  )

// internal

const packageOf = { "tfjs-node": "@tensorflow/tfjs-node", "tfjs-node-gpu": "@tensorflow/tfjs-node-gpu" } as const

type Native = keyof typeof packageOf

const unavailable = (variant: Variant, reason: string) => (cause: unknown) =>
  new TensorFlowUnavailable({ variant, reason, cause })

const loadCpu: Effect.Effect<TensorFlow, TensorFlowUnavailable> = Effect.gen(function* () {
  const [library] = yield* Effect.tryPromise({
    try: () => Promise.all([import("@tensorflow/tfjs-core"), import("@tensorflow/tfjs-backend-cpu")]),
    catch: unavailable("tfjs-cpu", "@tensorflow/tfjs-core does not load; install bica's packages again")
  })
  // Without it the backend advises to install another one, on every start.
  library.enableProdMode()
  return {
    variant: "tfjs-cpu",
    library,
    backend: "cpu",
    version: `@tensorflow/tfjs-core ${library.version_core}`,
    threads: 1
  }
})

/** The package's entry file, when the package, its addon and the device it needs are there. */
const findNative = (variant: Native): Effect.Effect<string, TensorFlowUnavailable> =>
  Effect.gen(function* () {
    const name = packageOf[variant]
    const require = createRequire(import.meta.url)
    const manifest = yield* Effect.try({
      try: () => require.resolve(`${name}/package.json`),
      catch: unavailable(variant, `${name} is not installed; npm install ${name}@4.22.0 adds it`)
    })
    if (addonOf(dirname(manifest)) === undefined) {
      return yield* unavailable(
        variant,
        `${name} is installed without its native addon, which its install script fetches; ` +
          `npm rebuild ${name} --ignore-scripts=false runs it`
      )(undefined)
    }
    if (variant === "tfjs-node-gpu") {
      const { detail, device } = yield* cuda
      if (device === undefined) return yield* unavailable(variant, detail)(undefined)
    }
    return yield* Effect.try({
      try: () => require.resolve(name),
      catch: unavailable(variant, `${name} has no entry file; install it again`)
    })
  })

/** node-pre-gyp puts the addon into `lib/napi-v<n>/`. */
const addonOf = (folder: string): string | undefined => {
  const lib = join(folder, "lib")
  if (!existsSync(lib)) return undefined
  return readdirSync(lib)
    .filter((entry) => entry.startsWith("napi-v"))
    .map((entry) => join(lib, entry, "tfjs_binding.node"))
    .find((path) => existsSync(path))
}

const loadNative = (variant: Native, entry: string): Effect.Effect<TensorFlow, TensorFlowUnavailable> =>
  Effect.gen(function* () {
    const name = packageOf[variant]
    const threads = yield* Effect.sync(prepareProcess)
    const loaded: unknown = yield* Effect.tryPromise({
      try: () => import(pathToFileURL(entry).href),
      catch: (cause) => unavailable(variant, `${name} does not load: ${firstLine(cause)}`)(cause)
    })
    const library = isModule(loaded) ? loaded.default : undefined
    if (!isLibrary(library)) {
      return yield* unavailable(variant, `${name} is not the package it should be; install it again`)(undefined)
    }
    const backend: unknown = library.backend()
    const { gpu, native } = describeBackend(backend)
    if (variant === "tfjs-node-gpu" && !gpu) {
      return yield* unavailable(
        variant,
        `TensorFlow ${native} found no device to compute on; it needs CUDA 11.2 and cuDNN 8.1 beside the driver`
      )(undefined)
    }
    return {
      variant,
      library,
      backend: library.getBackend(),
      version: `${name} ${library.version_core}, TensorFlow ${native}`,
      threads
    }
  })

/** What has to be so before a native package is imported; the number of threads that it will use. */
const prepareProcess = (): number => {
  const { env } = process
  env["TF_NUM_INTRAOP_THREADS"] ??= "1"
  env["TF_NUM_INTEROP_THREADS"] ??= "1"
  env["OMP_NUM_THREADS"] ??= env["TF_NUM_INTRAOP_THREADS"]
  env["TF_DETERMINISTIC_OPS"] = "1"
  env["TF_CPP_MIN_LOG_LEVEL"] ??= "2"
  // Removed in Node 23, still called by the packages.
  const removed = {
    isArray: Array.isArray,
    isNull: (value: unknown) => value === null,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isUndefined: (value: unknown) => value === undefined,
    isBoolean: (value: unknown) => typeof value === "boolean",
    isNumber: (value: unknown) => typeof value === "number",
    isString: (value: unknown) => typeof value === "string",
    isFunction: (value: unknown) => typeof value === "function",
    isObject: (value: unknown) => value !== null && typeof value === "object"
  }
  for (const [name, predicate] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: predicate, configurable: true, writable: true })
  }
  return Number.parseInt(env["TF_NUM_INTRAOP_THREADS"], 10) || 1
}

const isModule = (value: unknown): value is { readonly default: unknown } =>
  typeof value === "object" && value !== null && "default" in value

const isLibrary = (value: unknown): value is Library =>
  typeof value === "object" && value !== null && "tidy" in value && "matMul" in value && "version_core" in value

/** Fields of the native backend that its type does not have. */
const describeBackend = (backend: unknown): { readonly gpu: boolean; readonly native: string } => {
  const fields = typeof backend === "object" && backend !== null ? backend : {}
  const binding = "binding" in fields && typeof fields.binding === "object" ? fields.binding : null
  return {
    gpu: "isUsingGpuDevice" in fields && fields.isUsingGpuDevice === true,
    native: binding !== null && "TF_Version" in binding ? String(binding.TF_Version) : "of unknown version"
  }
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]?.trim() ?? ""

/** Everything a program prints; not ok when it is missing, fails or takes more than 60 s. */
const output = (
  program: string,
  parameters: ReadonlyArray<string>
): Effect.Effect<{ readonly ok: boolean; readonly text: string }> =>
  Effect.callback((resume) => {
    const timeout = program === "nvidia-smi" ? 5_000 : 60_000
    const child = execFile(program, parameters, { timeout }, (error, stdout, stderr) => {
      resume(Effect.succeed({ ok: error === null, text: `${stdout}${stderr}` }))
    })
    return Effect.sync(() => void child.kill())
  })

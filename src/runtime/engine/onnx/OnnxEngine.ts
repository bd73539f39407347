/**
 * Executes graphs with ONNX Runtime on the processor: one model per graph, loaded once.
 *
 * The native binding of onnxruntime-node is called directly. Its `run` is synchronous, so a run and the update of the state it
 * read cannot be interleaved with another; the package's own asynchronous `run` only defers the same call.
 */
import { Effect, Layer } from "effect"
import type { Graph, Shape } from "../../graph/Graph.ts"
import { Engine, EngineError } from "../Engine.ts"
import type { EngineIdentity, Feeds, HostTensor, Session } from "../Engine.ts"
import { machine } from "../Machine.ts"
import * as Plan from "../Plan.ts"
import { gather } from "../Rows.ts"
import * as Turn from "../Turn.ts"
import { shrink } from "../YoungGeneration.ts"
import * as Model from "./Model.ts"

/** What the engine is here. Fails when onnxruntime-node has no binary for this machine. */
export const identity: Effect.Effect<EngineIdentity, EngineError> = Effect.gen(function* () {
  const native = yield* load
  const { instructions, processor } = yield* machine
  const version = `onnxruntime-node ${native.version}`
  return {
    name,
    version,
    numericClass: `${name}; ${version}; ${instructions}; 1 thread`,
    device: processor,
    threads: 1,
    deterministic: true
  }
})

/** The engine `onnx`: CPU execution provider, one thread. Fails as `identity` does. */
export const layer: Layer.Layer<Engine, EngineError> = Layer.effect(
  Engine,
  Effect.gen(function* () {
    const native = yield* load
    return Engine.of({
      identity: yield* identity,
      open: Effect.acquireRelease(
        Effect.sync(() => open(native)),
        ({ close }) => close
      ).pipe(Effect.map(({ session }) => session))
    })
  })
)

// internal

const name = "onnx"

/** A tensor as the binding reads and returns it. */
interface NativeTensor {
  readonly type: "float32"
  readonly location: "cpu"
  readonly dims: ReadonlyArray<number>
  data: Float32Array
}

interface NativeSession {
  readonly loadModel: (
    buffer: ArrayBuffer,
    offset: number,
    length: number,
    options: Readonly<Record<string, unknown>>
  ) => void
  readonly run: (
    feeds: Readonly<Record<string, NativeTensor>>,
    fetches: Readonly<Record<string, NativeTensor | null>>,
    options: Readonly<Record<string, unknown>>
  ) => Readonly<Record<string, NativeTensor>>
  readonly dispose: () => void
}

interface Native {
  readonly version: string
  readonly makeSession: () => NativeSession
}

const options = {
  executionProviders: ["cpu"],
  // More threads would change the bits: reductions are split by thread.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  // Shapes are static: intermediates are planned into one block that the arena keeps from run to run.
  enableCpuMemArena: true,
  enableMemPattern: true,
  logSeverityLevel: 3
}

const load: Effect.Effect<Native, EngineError> = Effect.gen(function* () {
  const fail = (reason: string) => (cause: unknown) => new EngineError({ engine: name, graph: "", reason, cause })
  const reason =
    `onnxruntime-node cannot be loaded on ${process.platform}-${process.arch}; reinstall it with npm, ` +
    "or run on the engine tfjs-cpu, which is slow"
  // the library reports its use to its maker unless it is told not to before it is loaded
  process.env.ORT_DISABLE_TELEMETRY ??= "1"
  const loaded = yield* Effect.tryPromise({
    try: () => Promise.all([import("onnxruntime-node"), import("onnxruntime-node/dist/binding.js")]),
    catch: fail(reason)
  })
  const [{ env }, { binding, initOrt }] = loaded
  // A warning about a missing GPU on every start is of no use to anyone who asked for the processor.
  env.logLevel = "error"
  yield* Effect.try({ try: initOrt, catch: fail(reason) })
  return {
    version: env.versions.node ?? "of unknown version",
    // Declared by the package with its own tensor class; any object with these fields will do.
    makeSession: () => new binding.InferenceSession() as unknown as NativeSession
  }
})

/** A model with everything a run needs made beforehand. */
interface Loaded {
  readonly plan: Plan.Plan
  readonly session: NativeSession
  readonly constants: number
  readonly feeds: Record<string, NativeTensor>
  /** What a run gives: null where the binding makes a tensor, for a state the one that it writes into. */
  readonly fetches: Record<string, NativeTensor | null>
  /** The tensors of `feeds` that a run fills. */
  readonly inputs: ReadonlyArray<{
    readonly slot: Plan.Slot
    readonly tensor: NativeTensor
    /** Where the model takes the input transposed: what it is written into. */
    readonly turned: Float32Array | undefined
    /** What rows are written into; made when they are first fed. */
    rows: Float32Array | undefined
  }>
}

const open = (native: Native): { readonly session: Session; readonly close: Effect.Effect<void> } => {
  const graphs = new Map<string, Loaded>()
  const states = new Map<string, NativeTensor>()
  // What a state was before the last run: the next run writes into it, where it would else take new memory for it.
  const spares = new Map<string, Float32Array>()
  const turn = Turn.make(10)
  let runs = 0
  let closed = false

  const failure = (graph: string, reason: string, cause?: unknown) =>
    new EngineError({ engine: name, graph, reason, cause })

  const compile = (plan: Plan.Plan): Loaded => {
    const model = Model.make(plan)
    const bytes = Model.encode(model)
    const session = native.makeSession()
    session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, options)
    const inputs = plan.inputs.map((slot, k) => {
      const { shape, turned } = model.inputs[k] ?? { shape: slot.shape }
      // a column is transposed as it lies
      const isMatrix = turned === true && !shape.includes(1)
      return {
        slot,
        tensor: tensor(shape, empty),
        turned: isMatrix ? new Float32Array(slot.size) : undefined,
        rows: undefined
      }
    })
    return {
      plan,
      session,
      constants: model.initializers.length,
      feeds: Object.fromEntries(inputs.map(({ slot, tensor }) => [Model.prefix.input + slot.name, tensor])),
      fetches: Object.fromEntries(model.outputs.map((output) => [output.name, null])),
      inputs
    }
  }

  const execute = (graph: string, feeds: Feeds) => {
    const loaded = graphs.get(graph)
    if (loaded === undefined)
      return Effect.fail(failure(graph, closed ? closedReason : "no graph of this name is loaded"))
    for (const input of loaded.inputs) {
      const { slot, tensor, turned } = input
      const fed = feeds[slot.name]
      const wrong = Plan.checkFeed(slot, fed)
      if (wrong !== undefined || fed === undefined) return Effect.fail(failure(graph, wrong ?? ""))
      const data = fed instanceof Float32Array ? fed : gather(fed, (input.rows ??= new Float32Array(slot.size)))
      tensor.data = turned === undefined ? aligned(data) : Model.transposed(data, slot.shape, turned)
    }
    for (const slot of loaded.plan.states) {
      const state = states.get(slot.name)
      const wrong = Plan.checkState(slot, state?.dims)
      if (wrong !== undefined || state === undefined) return Effect.fail(failure(graph, wrong ?? ""))
      loaded.feeds[Model.prefix.state + slot.name] = state
    }
    for (const { name, shape, size } of loaded.plan.updates) {
      const spare = spares.get(name)
      const data = spare?.length === size ? spare : new Float32Array(size)
      loaded.fetches[Model.prefix.update + name] = tensor(shape, data)
    }
    if (++runs === runsBeforeShrinking) shrink()
    return Effect.try({
      try: () => {
        const values = loaded.session.run(loaded.feeds, loaded.fetches, {})
        const outputs: Record<string, Float32Array> = {}
        for (const { name } of loaded.plan.outputs) outputs[name] = dataOf(values, Model.prefix.output + name)
        for (const { name } of loaded.plan.updates) {
          const before = states.get(name)?.data
          if (before === undefined) spares.delete(name)
          else spares.set(name, before)
          const written = loaded.fetches[Model.prefix.update + name]
          if (written !== undefined && written !== null) states.set(name, written)
        }
        return outputs
      },
      catch: (cause) => failure(graph, `ONNX Runtime stopped the run: ${sentence(cause)}`, cause)
    })
  }

  const session: Session = {
    load: (graph: Graph) =>
      Effect.suspend(() => {
        if (closed) return Effect.fail(failure(graph.name, closedReason))
        const known = graphs.get(graph.name)
        if (known !== undefined) {
          return Plan.sameGraph(known.plan.graph, graph)
            ? Effect.void
            : Effect.fail(failure(graph.name, "another graph of this name is loaded"))
        }
        return Plan.make(name, graph).pipe(
          Effect.flatMap((plan) =>
            Effect.try({
              try: () => compile(plan),
              catch: (cause) => failure(graph.name, `ONNX Runtime refuses the model: ${sentence(cause)}`, cause)
            })
          ),
          Effect.map((loaded) => void graphs.set(graph.name, loaded))
        )
      }),
    run: (graph, feeds) => turn(Effect.suspend(() => execute(graph, feeds))),
    // the binding is synchronous: there is nothing to wait for
    submit: (graph, feeds) =>
      Effect.map(turn(Effect.suspend(() => execute(graph, feeds))), (outputs) => Effect.succeed(outputs)),
    read: (state) =>
      Effect.suspend(() => {
        const value = states.get(state)
        return value === undefined
          ? Effect.fail(failure("", closed ? closedReason : `there is no state "${state}"`))
          : Effect.succeed(value.data.slice())
      }),
    write: (state: string, value: HostTensor) =>
      Effect.suspend(() => {
        if (closed) return Effect.fail(failure("", closedReason))
        const wrong = Plan.checkWrite(state, value)
        if (wrong !== undefined) return Effect.fail(failure("", wrong))
        states.set(state, tensor([...value.shape], value.data.slice()))
        return Effect.void
      }),
    tensorCount: Effect.sync(() => {
      let count = states.size
      for (const loaded of graphs.values()) count += loaded.constants
      return count
    })
  }

  return {
    session,
    close: Effect.sync(() => {
      closed = true
      for (const { session } of graphs.values()) session.dispose()
      graphs.clear()
      states.clear()
      spares.clear()
    })
  }
}

const closedReason = "the session is closed"

/** Some thirty updates of the shipped pipelines: who runs so many graphs will run many more. */
const runsBeforeShrinking = 1000

const empty = new Float32Array(0)

const tensor = (dims: Shape, data: Float32Array): NativeTensor => ({ type: "float32", location: "cpu", dims, data })

/**
 * The same numbers on a 16-byte boundary. ONNX Runtime's sums begin at the first such boundary, so that their bits would depend on
 * where in a larger buffer the caller keeps a feed; new buffers begin on one.
 */
const aligned = (data: Float32Array): Float32Array => (data.byteOffset % 16 === 0 ? data : data.slice())

const dataOf = (values: Readonly<Record<string, NativeTensor>>, name: string): Float32Array => {
  const value = values[name]
  if (value === undefined) throw new Error(`the model gave no "${name}"`)
  return value.data
}

const sentence = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

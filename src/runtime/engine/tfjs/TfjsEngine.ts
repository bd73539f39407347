/**
 * Executes graphs node by node with TensorFlow.js: on a graphics processor, on the processor through libtensorflow, or in plain
 * JavaScript, which is slow and serves as a second opinion.
 */
import { Effect, Layer } from "effect"
import type { Binary, Graph, Node } from "../../graph/Graph.ts"
import * as TensorFlow from "../../tensor/TensorFlow.ts"
import { Engine, EngineError } from "../Engine.ts"
import type { EngineIdentity, Feeds, HostTensor, Outputs, Session } from "../Engine.ts"
import { machine } from "../Machine.ts"
import * as Plan from "../Plan.ts"
import type { Feed, Played, Rows } from "../Rows.ts"
import * as Turn from "../Turn.ts"

/** The engine of that name. Fails with what is missing and what to do about it. */
export const layer = (variant: TensorFlow.Variant): Layer.Layer<Engine, EngineError> =>
  Layer.effect(
    Engine,
    Effect.gen(function* () {
      const tensorFlow = yield* TensorFlow.load(variant).pipe(
        Effect.mapError((error) => new EngineError({ engine: variant, graph: "", reason: error.reason, cause: error }))
      )
      const identity = yield* identify(tensorFlow)
      return Engine.of({
        identity,
        open: Effect.acquireRelease(
          Effect.sync(() => open(tensorFlow)),
          ({ close }) => close
        ).pipe(Effect.map(({ session }) => session))
      })
    })
  )

// internal

type Tensor = TensorFlow.Tensor

const identify = (tensorFlow: TensorFlow.TensorFlow): Effect.Effect<EngineIdentity> =>
  Effect.gen(function* () {
    const { threads, variant, version } = tensorFlow
    const { instructions, processor } = yield* machine
    const device = variant === "tfjs-node-gpu" ? ((yield* TensorFlow.cuda).device ?? processor) : processor
    // JavaScript's numbers depend on its engine alone, a graphics processor's on its model.
    const arithmetic = { "tfjs-cpu": `v8 ${process.versions.v8}`, "tfjs-node": instructions, "tfjs-node-gpu": device }
    return {
      name: variant,
      version,
      numericClass: `${variant}; ${version}; ${arithmetic[variant]}; ${threads} thread${threads === 1 ? "" : "s"}`,
      device,
      threads,
      // TensorFlow is asked for deterministic kernels everywhere; nothing has been measured with CUDA or with threads that share a sum
      deterministic: variant !== "tfjs-node-gpu" && threads === 1
    }
  })

/** A graph with its constants on the device and, for each step, the values that nothing reads afterwards. */
interface Loaded {
  readonly plan: Plan.Plan
  readonly constants: ReadonlyMap<Node, Tensor>
  readonly expiring: ReadonlyArray<ReadonlyArray<Node>>
}

const open = (
  tensorFlow: TensorFlow.TensorFlow
): { readonly session: Session; readonly close: Effect.Effect<void> } => {
  const { backend, library: tf, variant } = tensorFlow
  const graphs = new Map<string, Loaded>()
  const states = new Map<string, Tensor>()
  // What was played, on the device from the first minibatch that needs it to the next rollout.
  const uploads = new Map<string, { readonly of: Played; readonly tensor: Tensor }>()
  // Outputs that nobody has read yet.
  const pending = new Set<Tensor>()
  const turn = Turn.make(10)
  let closed = false

  const failure = (graph: string, reason: string, cause?: unknown) =>
    new EngineError({ engine: variant, graph, reason, cause })

  /** Another session of this process may compute on another backend. */
  const onBackend = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() =>
      tf.getBackend() === backend
        ? effect
        : Effect.andThen(
            Effect.promise(() => tf.setBackend(backend)),
            effect
          )
    )

  const compile = (plan: Plan.Plan): Loaded => {
    const constants = new Map<Node, Tensor>()
    for (const { node } of plan.steps) {
      const { operation, shape } = node
      if (operation.kind === "constant") constants.set(node, tf.keep(tf.tensor(operation.data.slice(), [...shape])))
    }
    return { plan, constants, expiring: expiry(plan) }
  }

  const uploaded = (of: Played): Tensor => {
    const known = uploads.get(of.name)
    if (known?.of === of) return known.tensor
    const { copies, data, steps, width } = of
    const tensor = tf.keep(
      data instanceof Int32Array
        ? tf.tensor(data.slice(), [steps, copies], "int32")
        : tf.tensor(data.slice(), [steps, copies, width])
    )
    known?.tensor.dispose()
    uploads.set(of.name, { of, tensor })
    return tensor
  }

  /** Rows of what is on the device: only which ones they are is sent there. */
  const gathered = ({ chosen, of }: Rows, shape: ReadonlyArray<number>): Tensor =>
    tf.tidy(() => {
      const rows = tf.gather(uploaded(of), tf.tensor(chosen.slice(), [chosen.length], "int32"), 1)
      if (!(of.data instanceof Int32Array)) return tf.reshape(rows, [...shape])
      const flat = tf.reshape(rows, [of.steps * chosen.length])
      return tf.reshape(tf.cast(tf.oneHot(flat, of.width), "float32"), [...shape])
    })

  /**
   * Computes everything, then replaces the states: a run that fails leaves them as they were. Gives all outputs in one piece, so that a
   * device is waited for once.
   */
  const evaluate = ({ constants, expiring, plan }: Loaded, feeds: ReadonlyMap<string, Feed>): Tensor | undefined => {
    let all: Tensor | undefined
    tf.tidy(() => {
      const values = new Map<Node, Tensor>(constants)
      const valueOf = (node: Node): Tensor => {
        const value = values.get(node)
        if (value === undefined) throw new Error(`node ${node.id} has no value`)
        return value
      }
      plan.steps.forEach(({ inputs, node }, i) => {
        const { operation, shape } = node
        if (operation.kind === "input") {
          const fed = feeds.get(operation.name)
          // A copy: the backend keeps what it is given, and the caller may write to it again.
          if (fed instanceof Float32Array) values.set(node, tf.tensor(fed.slice(), [...shape]))
          else if (fed !== undefined) values.set(node, gathered(fed, shape))
        } else if (operation.kind === "state") {
          const state = states.get(operation.name)
          if (state !== undefined) values.set(node, state)
        } else if (operation.kind !== "constant") {
          values.set(node, apply(tf, node, inputs.map(valueOf)))
        }
        for (const expired of expiring[i] ?? []) {
          valueOf(expired).dispose()
          values.delete(expired)
        }
      })
      const parts = plan.outputs.map(({ node, size }) => tf.reshape(valueOf(node), [size]))
      const [first] = parts
      if (first !== undefined) all = tf.keep(parts.length === 1 ? tf.clone(first) : tf.concat(parts, 0))
      // Cloning shares the data; it lets one value become several states and outlive the constant or state it may be.
      const updated = plan.updates.map(({ name, node }) => [name, tf.keep(tf.clone(valueOf(node)))] as const)
      for (const [name, value] of updated) {
        states.get(name)?.dispose()
        states.set(name, value)
      }
    })
    if (all !== undefined) pending.add(all)
    return all
  }

  /** The outputs of a run, whose tensor is released with that. */
  const outputsOf = ({ plan }: Loaded, all: Tensor | undefined): Outputs => {
    if (all === undefined) return {}
    const outputs: Record<string, Float32Array> = {}
    const data = all.dataSync()
    let from = 0
    for (const { name, size } of plan.outputs) {
      // A copy: the JavaScript backend hands out the array it computes on.
      outputs[name] = Float32Array.from(data.subarray(from, from + size))
      from += size
    }
    pending.delete(all)
    all.dispose()
    return outputs
  }

  /** Runs a graph and gives what reads its outputs. */
  const execute = (graph: string, feeds: Feeds) => {
    const loaded = graphs.get(graph)
    if (loaded === undefined)
      return Effect.fail(failure(graph, closed ? closedReason : "no graph of this name is loaded"))
    const fed = new Map<string, Feed>()
    for (const slot of loaded.plan.inputs) {
      const feed = feeds[slot.name]
      const wrong = Plan.checkFeed(slot, feed)
      if (wrong !== undefined || feed === undefined) return Effect.fail(failure(graph, wrong ?? ""))
      fed.set(slot.name, feed)
    }
    for (const slot of loaded.plan.states) {
      const wrong = Plan.checkState(slot, states.get(slot.name)?.shape)
      if (wrong !== undefined) return Effect.fail(failure(graph, wrong))
    }
    const stopped = (cause: unknown) => failure(graph, `TensorFlow.js stopped the run: ${sentence(cause)}`, cause)
    return Effect.map(Effect.try({ try: () => evaluate(loaded, fed), catch: stopped }), (all) =>
      Effect.try({ try: () => outputsOf(loaded, all), catch: stopped })
    )
  }
  const submit = (graph: string, feeds: Feeds) => turn(onBackend(Effect.suspend(() => execute(graph, feeds))))

  const session: Session = {
    load: (graph: Graph) =>
      onBackend(
        Effect.suspend(() => {
          if (closed) return Effect.fail(failure(graph.name, closedReason))
          const known = graphs.get(graph.name)
          if (known !== undefined) {
            return Plan.sameGraph(known.plan.graph, graph)
              ? Effect.void
              : Effect.fail(failure(graph.name, "another graph of this name is loaded"))
          }
          return Effect.map(Plan.make(variant, graph), (plan) => void graphs.set(graph.name, compile(plan)))
        })
      ),
    run: (graph, feeds) => Effect.flatten(submit(graph, feeds)),
    submit: (graph, feeds) => Effect.map(submit(graph, feeds), onBackend),
    read: (state) =>
      onBackend(
        Effect.suspend(() => {
          const value = states.get(state)
          return value === undefined
            ? Effect.fail(failure("", closed ? closedReason : `there is no state "${state}"`))
            : Effect.sync(() => Float32Array.from(value.dataSync()))
        })
      ),
    write: (state: string, value: HostTensor) =>
      onBackend(
        Effect.suspend(() => {
          if (closed) return Effect.fail(failure("", closedReason))
          const wrong = Plan.checkWrite(state, value)
          if (wrong !== undefined) return Effect.fail(failure("", wrong))
          states.get(state)?.dispose()
          states.set(state, tf.keep(tf.tensor(value.data.slice(), [...value.shape])))
          return Effect.void
        })
      ),
    tensorCount: Effect.sync(() => tf.memory().numTensors)
  }

  return {
    session,
    close: Effect.sync(() => {
      closed = true
      for (const state of states.values()) state.dispose()
      for (const { tensor } of uploads.values()) tensor.dispose()
      for (const tensor of pending) tensor.dispose()
      for (const { constants } of graphs.values()) {
        for (const constant of constants.values()) constant.dispose()
      }
      graphs.clear()
      states.clear()
      uploads.clear()
      pending.clear()
    })
  }
}

const closedReason = "the session is closed"

/** By step, the computed values and inputs that it is the last to read; results are read to the end. */
const expiry = (plan: Plan.Plan): ReadonlyArray<ReadonlyArray<Node>> => {
  const last = new Map<Node, number>()
  plan.steps.forEach(({ inputs }, i) => inputs.forEach((input) => last.set(input, i)))
  for (const { node } of [...plan.outputs, ...plan.updates]) last.delete(node)
  const expiring = plan.steps.map((): Array<Node> => [])
  for (const [node, step] of last) {
    if (node.operation.kind !== "constant" && node.operation.kind !== "state") expiring[step]?.push(node)
  }
  return expiring
}

const apply = (tf: TensorFlow.Library, node: Node, inputs: ReadonlyArray<Tensor>): Tensor => {
  const { operation } = node
  const shape = [...node.shape]
  const input = (i: number): Tensor => {
    const value = inputs[i]
    if (value === undefined) throw new Error(`${operation.kind} has no input ${i}`)
    return value
  }
  switch (operation.kind) {
    case "unary":
      return tf[operation.name](input(0))
    case "binary":
      return applyBinary(tf, operation.name, input(0), input(1))
    case "select":
      return releasing(tf.cast(input(0), "bool"), (condition) => tf.where(condition, input(1), input(2)))
    case "clip":
      return tf.clipByValue(input(0), operation.low, operation.high)
    case "matmul":
      return tf.matMul(input(0), input(1), operation.transposeA, operation.transposeB)
    case "transpose":
      return tf.transpose(input(0), [...operation.permutation])
    case "reshape":
      return tf.reshape(input(0), shape)
    case "broadcast":
      return tf.broadcastTo(input(0), shape)
    case "concat":
      return tf.concat([...inputs], operation.axis)
    case "slice":
      return tf.slice(
        input(0),
        shape.map((_, axis) => (axis === operation.axis ? operation.start : 0)),
        shape
      )
    case "reduce":
      return tf[operation.name](input(0), [...operation.axes], operation.keep)
    case "matchRanks":
      return tf.tidy(() => {
        const n = node.shape[0] ?? 0
        // the negative, since only the largest can be asked for; of equals the one that comes first
        const falling = (x: Tensor) => tf.topk(tf.neg(tf.transpose(x)), n, true)
        const ranks = tf.topk(tf.neg(tf.cast(falling(input(0)).indices, "float32")), n, true).indices
        return tf.transpose(tf.gather(tf.neg(falling(input(1)).values), ranks, 1, 1))
      })
    case "softmax":
    case "logSoftmax":
      return tf[operation.kind](input(0))
    case "input":
    case "state":
    case "constant":
    case "stopGradient":
    case "withGradient":
      throw new Error(`${operation.kind} is not computed`)
  }
}

const applyBinary = (tf: TensorFlow.Library, name: Binary, left: Tensor, right: Tensor): Tensor => {
  switch (name) {
    case "add":
    case "sub":
    case "mul":
    case "div":
      return tf[name](left, right)
    case "min":
      return tf.minimum(left, right)
    case "max":
      return tf.maximum(left, right)
    case "greater":
    case "greaterEqual":
    case "less":
    case "lessEqual":
    case "equal":
      return releasing(tf[name](left, right), (truth) => tf.cast(truth, "float32"))
  }
}

const releasing = (tensor: Tensor, use: (tensor: Tensor) => Tensor): Tensor => {
  const result = use(tensor)
  tensor.dispose()
  return result
}

const sentence = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

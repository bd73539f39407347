/**
 * What every executor needs to know of a graph before it runs one: an order, who reads what, and the names it takes and gives.
 */
import { Effect } from "effect"
import { reachable } from "../graph/Graph.ts"
import type { Graph, Node, Shape } from "../graph/Graph.ts"
import { sameShape, sizeOf } from "../graph/Shape.ts"
import { EngineError } from "./Engine.ts"
import type { HostTensor } from "./Engine.ts"
import type { Feed } from "./Rows.ts"
import { sizeOfFeed } from "./Rows.ts"

/** A node to compute, with the nodes whose values it reads. */
export interface Step {
  readonly node: Node
  /** The inputs with aliases followed: each is itself the node of an earlier step. */
  readonly inputs: ReadonlyArray<Node>
}

/** A named tensor of known shape. */
export interface Slot {
  readonly name: string
  readonly shape: Shape
  /** Number of elements. */
  readonly size: number
}

/** A named value to hand back (outputs) or to keep (updates). */
export interface Result extends Slot {
  readonly node: Node
}

/** A graph in the order in which it is executed. */
export interface Plan {
  readonly graph: Graph
  /** Every node that is needed, once, after the nodes it reads. Nodes that only pass a value on do not occur. */
  readonly steps: ReadonlyArray<Step>
  readonly inputs: ReadonlyArray<Slot>
  /** States that are read. */
  readonly states: ReadonlyArray<Slot>
  readonly outputs: ReadonlyArray<Result>
  readonly updates: ReadonlyArray<Result>
  /** How many steps, outputs and updates read a node's value. */
  readonly readers: ReadonlyMap<Node, number>
}

/** The shape as a reader sees it, `[2, 3]`. */
export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`

/**
 * The node whose value each node has: itself, unless it passes a value on unchanged or is a slice that takes back what a concatenation
 * put in. For everything that `roots` are computed from.
 */
export const sources = (roots: ReadonlyArray<Node>): ReadonlyMap<Node, Node> => {
  const found = new Map<Node, Node>()
  for (const node of reachable(roots)) {
    const [input] = node.inputs
    const origin = input === undefined ? undefined : found.get(input)
    if (input === undefined || origin === undefined) found.set(node, node)
    else if (passesOn(node, input)) found.set(node, origin)
    else {
      const part = partOf(node, origin)
      found.set(node, part === undefined ? node : (found.get(part) ?? part))
    }
  }
  return found
}

/** Are these one graph: the same nodes under the same names? Nodes are hash-consed, so identity of nodes decides. */
export const sameGraph = (left: Graph, right: Graph): boolean =>
  left === right || (sameRecord(left.outputs, right.outputs) && sameRecord(left.updates, right.updates))

/**
 * Orders a graph for execution.
 *
 * The order is a depth-first post-order from the outputs, then the updates, in the order of their keys: it depends on the
 * graph alone. Fails when one name stands for tensors of two shapes, or an update does not have the shape of its state.
 */
export const make = (engine: string, graph: Graph): Effect.Effect<Plan, EngineError> =>
  Effect.suspend(() => {
    const refuse = (reason: string) =>
      Effect.fail(new EngineError({ engine, graph: graph.name, reason, cause: undefined }))
    const origin = sources([...Object.values(graph.outputs), ...Object.values(graph.updates)])
    const source = (node: Node): Node => origin.get(node) ?? node
    const results = (named: Readonly<Record<string, Node>>): ReadonlyArray<Result> =>
      Object.entries(named).map(([name, node]) => ({
        name,
        shape: node.shape,
        size: sizeOf(node.shape),
        node: source(node)
      }))
    const outputs = results(graph.outputs)
    const updates = results(graph.updates)
    const steps = order(
      [...outputs, ...updates].map((result) => result.node),
      source
    )

    const inputs = new Map<string, Slot>()
    const states = new Map<string, Slot>()
    for (const { node } of steps) {
      const { operation, shape } = node
      if (operation.kind !== "input" && operation.kind !== "state") continue
      const slots = operation.kind === "input" ? inputs : states
      const known = slots.get(operation.name)
      if (known !== undefined && !sameShape(known.shape, shape)) {
        return refuse(
          `${operation.kind} "${operation.name}" is used as ${showShape(known.shape)} and as ${showShape(shape)}`
        )
      }
      slots.set(operation.name, { name: operation.name, shape, size: sizeOf(shape) })
    }
    for (const update of updates) {
      const state = states.get(update.name)
      if (state !== undefined && !sameShape(state.shape, update.shape)) {
        return refuse(
          `state "${update.name}" has shape ${showShape(state.shape)}, its update has ${showShape(update.shape)}`
        )
      }
    }

    const readers = new Map<Node, number>()
    const read = (node: Node) => readers.set(node, (readers.get(node) ?? 0) + 1)
    for (const step of steps) step.inputs.forEach(read)
    for (const result of [...outputs, ...updates]) read(result.node)

    return Effect.succeed({
      graph,
      steps,
      inputs: [...inputs.values()],
      states: [...states.values()],
      outputs,
      updates,
      readers
    })
  })

/** Why a feed does not fit an input, as a sentence; undefined when it does. */
export const checkFeed = (slot: Slot, fed: Feed | undefined): string | undefined => {
  if (fed === undefined) return `input "${slot.name}" ${showShape(slot.shape)} was not fed`
  if (!(fed instanceof Float32Array || "chosen" in fed))
    return `input "${slot.name}" was not fed with a Float32Array or with rows of what was played`
  const size = sizeOfFeed(fed)
  if (size === slot.size) return undefined
  return `input "${slot.name}" ${showShape(slot.shape)} takes ${slot.size} numbers, ${size} were fed`
}

/** Why the session's value of a state, of that shape, does not fit what a graph reads; undefined when it does. */
export const checkState = (slot: Slot, shape: Shape | undefined): string | undefined => {
  if (shape === undefined) return `state "${slot.name}" ${showShape(slot.shape)} has no value; write it before the run`
  if (shape === slot.shape || sameShape(shape, slot.shape)) return undefined
  return `state "${slot.name}" is read as ${showShape(slot.shape)} and holds ${showShape(shape)}`
}

/** Why a value cannot be written to a state; undefined when it can. */
export const checkWrite = (state: string, { data, shape }: HostTensor): string | undefined => {
  const size = sizeOf(shape)
  if (size === data.length) return undefined
  return `state "${state}": a value of shape ${showShape(shape)} has ${size} numbers, ${data.length} were given`
}

// internal

const passesOn = (node: Node, input: Node): boolean => {
  const { operation } = node
  switch (operation.kind) {
    case "stopGradient":
    case "withGradient":
      return true
    case "reshape":
    case "broadcast":
    case "slice":
      return sameShape(node.shape, input.shape)
    case "concat":
      return node.inputs.length === 1
    case "reduce":
      return operation.axes.length === 0
    case "transpose":
      return operation.permutation.every((axis, i) => axis === i)
    default:
      return false
  }
}

/** The part of the concatenation `whole` that `node` is a slice of. */
const partOf = ({ operation }: Node, whole: Node): Node | undefined => {
  if (operation.kind !== "slice" || whole.operation.kind !== "concat" || whole.operation.axis !== operation.axis)
    return undefined
  let offset = 0
  for (const part of whole.inputs) {
    const end = offset + (part.shape[operation.axis] ?? 0)
    if (offset === operation.start) return end === operation.end ? part : undefined
    offset = end
  }
  return undefined
}

/** Not recursive: an unrolled sequence is thousands of nodes deep. */
const order = (roots: ReadonlyArray<Node>, source: (node: Node) => Node): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  const entered = new Set<Node>()
  for (const root of roots) {
    if (entered.has(root)) continue
    entered.add(root)
    const stack = [{ node: root, inputs: root.inputs.map(source), next: 0 }]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.inputs[top.next]
      if (input === undefined) {
        stack.pop()
        steps.push({ node: top.node, inputs: top.inputs })
      } else {
        top.next++
        if (!entered.has(input)) {
          entered.add(input)
          stack.push({ node: input, inputs: input.inputs.map(source), next: 0 })
        }
      }
    }
  }
  return steps
}

const sameRecord = (left: Readonly<Record<string, Node>>, right: Readonly<Record<string, Node>>): boolean => {
  const names = Object.keys(left)
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name])
}

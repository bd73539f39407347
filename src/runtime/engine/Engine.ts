/**
 * Engines execute graphs. One service, several executors; which one runs is chosen at run time and named in every run.
 */
import { Context, Schema } from "effect"
import type { Effect, Scope } from "effect"
import type { Graph, Shape } from "../graph/Graph.ts"
import type { Feed } from "./Rows.ts"

/** An engine could not be loaded, or refused a graph or a run. */
export class EngineError extends Schema.TaggedError<EngineError>()("EngineError", {
  engine: Schema.String,
  graph: Schema.String,
  reason: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.engine}: ${this.graph === "" ? "" : `graph ${this.graph}: `}${this.reason}`
  }
}

/** A host tensor. */
export interface HostTensor {
  readonly shape: Shape
  readonly data: Float32Array
}

/** What the inputs of a graph are given, by name. */
export type Feeds = Readonly<Record<string, Feed>>

/** What a run gave, by name. */
export type Outputs = Readonly<Record<string, Float32Array>>

/** Several graphs over one set of named state tensors. */
export interface Session {
  /** Adds a graph; compiling it happens here, not at the first run. A graph of the same name must be the same graph. */
  readonly load: (graph: Graph) => Effect.Effect<void, EngineError>
  /**
   * Runs a loaded graph. `feeds` must hold every input of the graph, of the right length, row-major.
   * Returned arrays belong to the caller and are not written again.
   */
  readonly run: (graph: string, feeds: Feeds) => Effect.Effect<Outputs, EngineError>
  /**
   * Runs a loaded graph and does not wait for its outputs: the effect that it gives reads them, once. States are replaced in the order
   * of submission, so that several runs can follow each other on a device before it is waited for.
   */
  readonly submit: (graph: string, feeds: Feeds) => Effect.Effect<Effect.Effect<Outputs, EngineError>, EngineError>
  readonly read: (state: string) => Effect.Effect<Float32Array, EngineError>
  readonly write: (state: string, value: HostTensor) => Effect.Effect<void, EngineError>
  /** Tensors alive on the engine's side: state, constants, intermediates not yet released. */
  readonly tensorCount: Effect.Effect<number>
}

/** What an engine is, for the run's record and for `bica doctor`. */
export interface EngineIdentity {
  /** `onnx`, `tfjs-cpu`, `tfjs-node`, `tfjs-node-gpu`. */
  readonly name: string
  /** Package versions, e.g. `onnxruntime-node 1.30.0`. */
  readonly version: string
  /** Numbers are bit-identical within one class: name, version, instruction set and thread count. */
  readonly numericClass: string
  readonly device: string
  readonly threads: number
  /** Whether tests show that it gives the same bits every time within its class; where they do not, locks say so of every stage. */
  readonly deterministic: boolean
}

export class Engine extends Context.Service<
  Engine,
  {
    readonly identity: EngineIdentity
    /** A session, released with the scope. */
    readonly open: Effect.Effect<Session, EngineError, Scope.Scope>
  }
>()("bica/runtime/engine/Engine") {}

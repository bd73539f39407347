/**
 * A dense beta-VAE of sprites (Kingma & Welling 2014; Higgins et al. 2017; NAVIGATOR.md section 2): D -> 256 -> 128 -> (mean, log variance)
 * -> 128 -> 256 -> D with ReLU, trained by Adam on the sum over pixels of the Bernoulli cross entropy plus beta KL.
 *
 * Every random number has an address: minibatch and noise of update k are the streams `minibatch` and `noise` at step k, so that a training
 * goes on from a snapshot to the same bits.
 */
import { plainAdam as adam } from "../../train/Adam.ts"
import { Effect } from "effect"
import { initialise, layout } from "../../agent/Network.ts"
import type { Initial, Layout } from "../../agent/Network.ts"
import type { EngineError, HostTensor, Session } from "../../engine/Engine.ts"
import { makeBuilder } from "../../graph/Build.ts"
import { gradients } from "../../graph/Differentiate.ts"
import type { Builder, Graph, Node } from "../../graph/Graph.ts"
import { makeGraph } from "../../graph/Graph.ts"
import {
  abs,
  add,
  clip,
  div,
  exp,
  log,
  matmul,
  mean,
  mul,
  relu,
  reshape,
  sigmoid,
  sqrt,
  square,
  sub,
  sum,
  withGradient
} from "../../graph/Operations.ts"
import { applyMap, leastSquaresMap } from "../../measure/estimator/LeastSquaresMap.ts"
import { entry, matrix, zeros } from "../../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../measure/estimator/linear/Matrix.ts"
import { columnMeans } from "../../measure/estimator/linear/Moments.ts"
import { informationOf } from "../../measure/estimator/MutualInformation.ts"
import type { Random } from "../../random/Random.ts"
import { below } from "../../random/Random.ts"
import { Diverged } from "../../Stage.ts"
import { drawAll, drawFactors, factorCount, factorNames, indexOf, levels, sizes } from "./Sprites.ts"
import type { Side } from "./Sprites.ts"

/** What a training of the encoder is. */
export interface EncoderSettings {
  /** Edge of the images, in pixels. */
  readonly side: Side
  /** Images that minibatches are drawn from, rendered once. */
  readonly pool: number
  /** Latent dimensions, of which a training leaves most unused. */
  readonly latents: number
  /** Weight of the KL term at 64 x 64 pixels; `effectiveBeta` is that of the images in use. */
  readonly beta: number
  readonly updates: number
  /** Images of a minibatch. */
  readonly batch: number
  /** Adam's step size at the start. */
  readonly rate: number
  /** Updates over which beta rises from 0. */
  readonly ramp: number
  /** Images outside of the pool that the figures of merit are measured on. */
  readonly heldOut: number
}

export const encoderDefaults: EncoderSettings = {
  side: 32,
  pool: 60_000,
  latents: 16,
  beta: 4,
  updates: 9_000,
  batch: 128,
  rate: 1e-3,
  ramp: 500,
  heldOut: 5_000
}

/**
 * beta D / 4096 for images of D pixels: reconstruction is a sum over pixels, so that a beta is comparable as beta latents / D only (Higgins
 * et al. 2017, beta_norm).
 */
export const effectiveBeta = ({ beta, side }: Pick<EncoderSettings, "beta" | "side">): number =>
  (beta * side * side) / 4096

/** rate min(1, (1 - p) / .3 + .03), p the share of the updates that are done: constant for seven tenths, then falling. */
export const rateAt = ({ rate, updates }: Pick<EncoderSettings, "rate" | "updates">, update: number): number =>
  rate * Math.min(1, (1 - update / updates) / 0.3 + 0.03)

/** The weight of the KL term at an update: rising linearly over `ramp` updates. */
export const betaAt = (settings: Pick<EncoderSettings, "beta" | "side" | "ramp">, update: number): number =>
  effectiveBeta(settings) * (settings.ramp > 0 ? Math.min(1, update / settings.ramp) : 1)

/** Sizes of the layers. */
export interface EncoderSizes {
  readonly pixels: number
  /** Of the first and the second layer of the encoder; the decoder has them in reverse. */
  readonly widths: readonly [number, number]
  readonly latents: number
}

/** Sizes of the layers that settings ask for. */
export const sizesOf = ({ latents, side }: Pick<EncoderSettings, "latents" | "side">): EncoderSizes => ({
  pixels: side * side,
  widths: [256, 128],
  latents
})

/** Named parameters, as a file keeps them. */
export type Parameters = Readonly<Record<string, HostTensor>>

/** A training as it is after `update` updates: parameters and Adam's sums, by name. */
export interface Snapshot {
  readonly update: number
  readonly tensors: Readonly<Record<string, HostTensor>>
}

/** What a training says of itself every so many updates and at its end. */
export interface FitProgress {
  /** Updates that are done. */
  readonly update: number
  readonly updates: number
  /** Means over the minibatches since the last report, in nat per image: cross entropy less the entropy of the images, and KL. */
  readonly excess: number
  readonly kl: number
  /** Of the last update. */
  readonly rate: number
  readonly beta: number
  /** What to go on from; reads the parameters when it is run. */
  readonly snapshot: Effect.Effect<Snapshot, EngineError>
}

/** Figures of merit on held-out images; NaN where one is undefined. */
export interface EncoderMeasures {
  /** Images that were measured. */
  readonly images: number
  /** Cross entropy of the reconstruction, one sample each, less the entropy of the image, in nat per image. */
  readonly excess: number
  /** KL of the posterior from the prior, in nat per image: in all, and by latent. */
  readonly kl: number
  readonly klByLatent: Float64Array
  /** R^2 of the linear regression on the active means, fitted on one half of the images, measured on the other. */
  readonly linearR2: { readonly scale: number; readonly x: number; readonly y: number }
  /** Mutual information gap by factor, as `mutualInformationGap` defines it. */
  readonly mig: Readonly<Record<(typeof factorNames)[number], number>>
}

/** A trained encoder in a session. */
export interface Encoder {
  readonly settings: EncoderSettings
  readonly parameters: Parameters
  /** Latents whose KL on held-out images is above `activeAbove`, in order. */
  readonly active: ReadonlyArray<number>
  /** The standard deviation of each latent's mean over held-out images, [latents]. */
  readonly deviations: Float64Array
  readonly measures: EncoderMeasures
  /**
   * Posterior means [n, latents] of n images, row-major: brightnesses from 0 to 1, or counts as `drawAll` gives them. While the session
   * is open and has no other encoder in it.
   */
  readonly encode: (images: Float32Array | Uint8Array) => Effect.Effect<Float64Array, EngineError>
}

/** A latent says something where its KL on held-out images is above this, in nat. */
export const activeAbove = 0.01

/** The parameters of a group, Glorot & Bengio's (2010) normal weights, no biases but that of the output: images are dark. */
export const layoutOf = ({ latents, pixels, widths }: EncoderSizes): Layout => {
  const [first, second] = widths
  return layout("autoencoder", [
    ...dense("encoder.first", pixels, first),
    ...dense("encoder.second", first, second),
    ...dense("encoder.mean", second, latents),
    ...dense("encoder.log_variance", second, latents),
    ...dense("decoder.first", latents, second),
    ...dense("decoder.second", second, first),
    ...dense(output, first, pixels)
  ])
}

/** The parameters that a training begins with. */
export const initialParameters = (of: EncoderSizes, random: Random, stage: string): Parameters => {
  const group = layoutOf(of)
  const vector = initialise(group, random, stage)
  return Object.fromEntries(
    group.entries.map(({ name, offset, shape, size }) => {
      const data = vector.slice(offset, offset + size)
      return [name, { shape, data: name === `${output}.bias` ? data.fill(outputBias) : data }]
    })
  )
}

/** KL(N(m, e^l) | N(0, 1)) = (m^2 + e^l - 1 - l) / 2, elementwise, in nat. */
export const divergence = (means: Node, logVariances: Node): Node =>
  mul(sub(add(square(means), exp(logVariances)), add(logVariances, 1)), 0.5)

/**
 * Bernoulli cross entropy of targets in [0, 1], from logits, summed over the pixels, [n, D] -> [n], in nat:
 * sum max(x, 0) - x t - ln sigmoid(|x|). Its gradient is sigmoid(x) - t.
 */
export const crossEntropy = (logits: Node, targets: Node): Node =>
  withGradient(
    sum(sub(sub(relu(logits), mul(logits, targets)), log(sigmoid(abs(logits)))), { axes: [1] }),
    [logits],
    (gradient) => [mul(reshape(gradient, [logits.shape[0] ?? 1, 1]), sub(sigmoid(logits), targets))]
  )

/** Entropy of the pixels of images, of counts as `drawAll` gives them, in nat: what no reconstruction can be below. */
export const entropyOf = (images: Uint8Array, side: Side): number => {
  const most = levels(side)
  const counts = new Float64Array(most + 1)
  for (let i = 0; i < images.length; i++) counts[images[i]!]!++
  return counts.reduce((total, n, count) => total + n * binaryEntropy(count / most), 0)
}

/** What the network makes of images and noise. */
export interface Pass {
  /** [n, latents] */
  readonly means: Node
  readonly logVariances: Node
  /** Of the reconstruction from mean + e^(l / 2) noise, [n, D]. */
  readonly logits: Node
}

/** Images [n, D] and noise [n, latents] through the network whose parameters are states. */
export const autoencode = (builder: Builder, of: EncoderSizes, images: Node, noise: Node): Pass => {
  const layer = layersIn(builder, of)
  const { logVariances, means } = encoded(layer, images)
  const sample = add(means, mul(exp(mul(logVariances, 0.5)), noise))
  const hidden = relu(layer("decoder.second", relu(layer("decoder.first", sample))))
  return { means, logVariances, logits: layer(output, hidden) }
}

/** What a minibatch costs: means over its images, in nat. */
export const losses = ({ logVariances, logits, means }: Pass, images: Node) => ({
  reconstruction: mean(crossEntropy(logits, images)),
  kl: mean(sum(divergence(means, logVariances), { axes: [1] }))
})

/**
 * One step of Adam (Kingma & Ba 2015) down reconstruction + beta KL of `batch` images. Inputs: `images` [batch, D], `noise` [batch, latents],
 * `beta`, and `rate` and `epsilon` as `adamInputs` gives them. Outputs: `reconstruction` and `kl`.
 */
export const updateGraph = (of: EncoderSizes, batch: number): Graph => {
  const g = makeBuilder()
  const images = g.input("images", [batch, of.pixels])
  const { kl, reconstruction } = losses(autoencode(g, of, images, g.input("noise", [batch, of.latents])), images)
  const { entries } = layoutOf(of)
  const parameters = entries.map(({ name, shape }) => g.state(stateOf(name), shape))
  const gradient = gradients(add(reconstruction, mul(g.input("beta", []), kl)), parameters)
  const updates: Record<string, Node> = {}
  entries.forEach(({ name, shape }, k) => {
    const [now, slope] = [parameters[k], gradient[k]]
    if (now === undefined || slope === undefined) return
    const first = add(mul(g.state(firstOf(name), shape), adam.first), slope)
    const second = add(mul(g.state(secondOf(name), shape), adam.second), square(slope))
    updates[firstOf(name)] = first
    updates[secondOf(name)] = second
    updates[stateOf(name)] = sub(now, mul(div(first, add(sqrt(second), g.input("epsilon", []))), g.input("rate", [])))
  })
  return makeGraph("navigator.update", { outputs: { reconstruction, kl }, updates })
}

/**
 * The step size and epsilon of step t = 1, 2, ... for moments that are kept as sums, M = b1 M + g and V = b2 V + g^2, which saves passes over
 * the parameters: rate (1 - b1) / (1 - b1^t) c and epsilon c with c = sqrt((1 - b2^t) / (1 - b2)).
 */
export const adamInputs = (rate: number, t: number): { readonly rate: number; readonly epsilon: number } => {
  const c = Math.sqrt((1 - adam.second ** t) / (1 - adam.second))
  return { rate: (rate * (1 - adam.first) * c) / (1 - adam.first ** t), epsilon: adam.epsilon * c }
}

/**
 * Trains an encoder in an open session, from random weights or from a snapshot of the same training, and measures it.
 *
 * `report` is run after every `every` updates (100) and at the end. With `until` it ends early, and its schedules are those of the whole.
 * Who interrupts it waits for the update that runs; then `stopped` is run. Fails with `Diverged` where a loss is not finite.
 */
export const fitEncoder = Effect.fnUntraced(function* <E = never, R = never>(options: {
  readonly session: Session
  readonly settings: EncoderSettings
  readonly random: Random
  /** What the addresses of the random numbers begin with. */
  readonly stage: string
  readonly from?: Snapshot
  readonly until?: number
  readonly every?: number
  readonly report?: (progress: FitProgress) => Effect.Effect<void, E, R>
  readonly stopped?: (snapshot: Effect.Effect<Snapshot, EngineError>) => Effect.Effect<void, never, R>
}): Effect.fn.Return<Encoder, EngineError | Diverged | E, R> {
  const { random, session, settings, stage } = options
  const { batch, side, updates } = settings
  const { every = 100, until = updates } = options
  const last = Math.min(updates, until)
  const of = sizesOf(settings)
  const graph = updateGraph(of, batch)
  yield* session.load(graph)
  const start = options.from ?? beginning(of, random, stage)
  yield* restore(session, start)

  const pool = drawAll(poolOf(settings, random, stage), side)
  const entropies = Float64Array.from({ length: settings.pool }, (_, i) =>
    entropyOf(pool.subarray(i * of.pixels, (i + 1) * of.pixels), side)
  )
  const chosen = new Uint32Array(batch)
  const images = new Uint8Array(batch * of.pixels)
  const feeds = {
    images: new Float32Array(batch * of.pixels),
    noise: new Float32Array(batch * of.latents),
    beta: new Float32Array(1),
    rate: new Float32Array(1),
    epsilon: new Float32Array(1)
  }
  let [excess, kl, since] = [0, 0, 0]
  let now = start.update
  const once = Effect.fnUntraced(function* (update: number): Effect.fn.Return<void, EngineError | Diverged | E, R> {
    random.words({ stage, purpose: "minibatch", step: update }, chosen)
    let entropy = 0
    chosen.forEach((word, i) => {
      const image = below(word, settings.pool)
      images.set(pool.subarray(image * of.pixels, (image + 1) * of.pixels), i * of.pixels)
      entropy += (entropies[image] ?? NaN) / batch
    })
    brightnesses(images, side, feeds.images)
    random.normal({ stage, purpose: "noise", step: update }, feeds.noise)
    const step = adamInputs(rateAt(settings, update), update + 1)
    feeds.beta[0] = betaAt(settings, update)
    feeds.rate[0] = step.rate
    feeds.epsilon[0] = step.epsilon
    const outputs = yield* session.run(graph.name, feeds)
    const found = { reconstruction: outputs["reconstruction"]?.[0] ?? NaN, kl: outputs["kl"]?.[0] ?? NaN }
    for (const [quantity, value] of Object.entries(found)) {
      if (!Number.isFinite(value)) return yield* new Diverged({ stage, update, quantity, value: `${value}` })
    }
    excess += found.reconstruction - entropy
    kl += found.kl
    since++
    now = update + 1
    if (options.report !== undefined && (now % every === 0 || now === last)) {
      yield* options.report({
        update: now,
        updates,
        excess: excess / since,
        kl: kl / since,
        rate: rateAt(settings, update),
        beta: betaAt(settings, update),
        snapshot: snapshot(session, of, now)
      })
      excess = kl = since = 0
    }
  })
  yield* Effect.gen(function* () {
    while (now < last) yield* Effect.uninterruptible(once(now))
  }).pipe(Effect.onInterrupt(() => Effect.suspend(() => options.stopped?.(snapshot(session, of, now)) ?? Effect.void)))
  const { tensors } = yield* snapshot(session, of, now)
  const parameters: Record<string, HostTensor> = {}
  for (const { name } of layoutOf(of).entries) {
    const found = tensors[name]
    if (found !== undefined) parameters[name] = found
  }
  return yield* openEncoder({ session, settings, parameters, random, stage })
})

/**
 * An encoder from its parameters, in an open session, measured on the held-out images of the training at `stage`: the same as at the end of
 * that training.
 */
export const openEncoder = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly settings: EncoderSettings
  readonly parameters: Parameters
  readonly random: Random
  readonly stage: string
}): Effect.fn.Return<Encoder, EngineError> {
  const { parameters, random, session, settings, stage } = options
  const { batch, side } = settings
  const of = sizesOf(settings)
  const g = makeBuilder()
  const given = g.input("images", [batch, of.pixels])
  const pass = autoencode(g, of, given, g.input("noise", [batch, of.latents]))
  yield* session.load(makeGraph("navigator.encode", { outputs: { means: pass.means } }))
  yield* session.load(
    makeGraph("navigator.measure", {
      outputs: {
        means: pass.means,
        kl: divergence(pass.means, pass.logVariances),
        reconstruction: crossEntropy(pass.logits, given)
      }
    })
  )
  for (const [name, tensor] of Object.entries(parameters)) yield* session.write(stateOf(name), tensor)

  /** Minibatches of whole images; what the last one has too many of is black. */
  const inBatches = Effect.fnUntraced(function* (
    images: Float32Array | Uint8Array,
    graph: string,
    noise: ((minibatch: number, out: Float32Array) => void) | undefined,
    each: (outputs: Readonly<Record<string, Float32Array>>, first: number, count: number) => void
  ) {
    const count = images.length / of.pixels
    const feeds = { images: new Float32Array(batch * of.pixels) }
    const drawn = new Float32Array(batch * of.latents)
    for (let first = 0, k = 0; first < count; first += batch, k++) {
      const part = images.subarray(first * of.pixels, (first + batch) * of.pixels)
      feeds.images.fill(0)
      if (part instanceof Uint8Array) brightnesses(part, side, feeds.images)
      else feeds.images.set(part)
      noise?.(k, drawn)
      const outputs = yield* session.run(graph, noise === undefined ? feeds : { ...feeds, noise: drawn })
      each(outputs, first, Math.min(batch, count - first))
    }
  })
  const encode = Effect.fnUntraced(function* (images: Float32Array | Uint8Array) {
    const means = new Float64Array((images.length / of.pixels) * of.latents)
    yield* inBatches(images, "navigator.encode", undefined, (outputs, first, count) => {
      means.set((outputs["means"] ?? new Float32Array(0)).subarray(0, count * of.latents), first * of.latents)
    })
    return means
  })

  // ---- figures of merit
  const taken = new Set<number>()
  const pool = poolOf(settings, random, stage)
  for (let i = 0; i < pool.length; i += factorCount) taken.add(indexOf(pool.subarray(i, i + factorCount)))
  const factors = drawFactors(random, { stage, purpose: "held-out", step: 0 }, settings.heldOut, taken)
  const images = drawAll(factors, side)
  const means = zeros(settings.heldOut, of.latents)
  const klByLatent = new Float64Array(of.latents)
  let reconstruction = 0
  yield* inBatches(
    images,
    "navigator.measure",
    (minibatch, out) => random.normal({ stage, purpose: "held-out noise", step: minibatch }, out),
    (outputs, first, count) => {
      const found = (name: string) => outputs[name] ?? new Float32Array(0)
      means.data.set(found("means").subarray(0, count * of.latents), first * of.latents)
      for (let i = 0; i < count; i++) {
        reconstruction += found("reconstruction")[i] ?? NaN
        for (let j = 0; j < of.latents; j++) klByLatent[j]! += found("kl")[i * of.latents + j] ?? NaN
      }
    }
  )
  const n = settings.heldOut
  for (let j = 0; j < of.latents; j++) klByLatent[j]! /= n
  const active = [...klByLatent.keys()].filter((j) => (klByLatent[j] ?? NaN) > activeAbove)
  const deviations = columnDeviations(means)
  const activeMeans = columnsOf(means, active)
  const r2 = (factor: (typeof factorNames)[number]) =>
    linearR2(activeMeans, factorColumn(factors, factorNames.indexOf(factor)))
  const gap = (k: number) => mutualInformationGap(means, factorColumn(factors, k), sizes[k] ?? 1)
  return {
    settings,
    parameters,
    active,
    deviations,
    measures: {
      images: n,
      excess: (reconstruction - entropyOf(images, side)) / n,
      kl: klByLatent.reduce((a, b) => a + b, 0),
      klByLatent,
      linearR2: { scale: r2("scale"), x: r2("x"), y: r2("y") },
      mig: { shape: gap(0), scale: gap(1), orientation: gap(2), x: gap(3), y: gap(4) }
    },
    encode
  }
})

/** 1 - SSE / SST of the rows from the middle on, of a least-squares map fitted on the rows before; NaN where it is undefined. */
export const linearR2 = (x: Matrix, y: Matrix): number => {
  const half = Math.floor(x.rows / 2)
  const part = (a: Matrix, from: number, to: number) =>
    matrix(to - from, a.columns, a.data.subarray(from * a.columns, to * a.columns))
  const map = x.columns === 0 ? undefined : leastSquaresMap(part(x, 0, half), part(y, 0, half))
  if (map === undefined) return Number.NaN
  const actual = part(y, half, y.rows)
  const predicted = applyMap(map, part(x, half, x.rows))
  const [centre = NaN] = columnMeans(actual)
  let [errors, squares] = [0, 0]
  for (let i = 0; i < actual.rows; i++) {
    errors += (entry(actual, i, 0) - entry(predicted, i, 0)) ** 2
    squares += (entry(actual, i, 0) - centre) ** 2
  }
  return squares > 0 ? 1 - errors / squares : Number.NaN
}

/**
 * The mutual information gap of a factor [n, 1] with `classes` classes (Chen et al. 2018): of the latents' means [n, latents], each in 20 bins
 * of equal width, the largest mutual information with the factor less the second largest, over the factor's entropy; with Miller and Madow's
 * correction. Latents with a standard deviation below .05 do not take part; NaN where none does.
 */
export const mutualInformationGap = (means: Matrix, factor: Matrix, classes: number): number => {
  const found: Array<number> = []
  let entropy = Number.NaN
  const deviations = columnDeviations(means)
  for (let j = 0; j < means.columns; j++) {
    if (!((deviations[j] ?? NaN) >= 0.05)) continue
    let [low, high] = [Infinity, -Infinity]
    for (let i = 0; i < means.rows; i++) {
      low = Math.min(low, entry(means, i, j))
      high = Math.max(high, entry(means, i, j))
    }
    const counts = new Float64Array(bins * classes)
    for (let i = 0; i < means.rows; i++) {
      const bin = Math.min(bins - 1, Math.floor(((entry(means, i, j) - low) / (high - low)) * bins))
      counts[bin * classes + entry(factor, i, 0)]!++
    }
    const { corrected, entropyY } = informationOf(counts, classes)
    found.push(corrected)
    entropy = entropyY
  }
  const [first, second = 0] = found.sort((a, b) => b - a)
  return first !== undefined && entropy > 0 ? (first - second) / entropy : Number.NaN
}

/** The standard deviation of each column, with divisor n. */
export const columnDeviations = (a: Matrix): Float64Array => {
  const means = columnMeans(a)
  const squares = new Float64Array(a.columns)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) squares[j]! += (entry(a, i, j) - (means[j] ?? NaN)) ** 2
  }
  return squares.map((total) => Math.sqrt(total / a.rows))
}

/** The columns `indices` of a matrix, in that order. */
export const columnsOf = (a: Matrix, indices: ReadonlyArray<number>): Matrix => {
  const taken = zeros(a.rows, indices.length)
  for (let i = 0; i < a.rows; i++) indices.forEach((j, k) => (taken.data[i * indices.length + k] = entry(a, i, j)))
  return taken
}

// internal

const output = "decoder.output"

/** About the logit of the share of bright pixels, .041. */
const outputBias = -3

const bins = 20

const zero: Initial = { kind: "zeros" }

const dense = (name: string, from: number, to: number) =>
  [
    [`${name}.weight`, [from, to], { kind: "normal", deviation: Math.sqrt(2 / (from + to)) } as Initial],
    [`${name}.bias`, [to], zero]
  ] as const

const stateOf = (parameter: string): string => `navigator.${parameter}`
/** Adam's sums of gradients and of their squares. */
const firstOf = (parameter: string): string => `navigator.${parameter}.first`
const secondOf = (parameter: string): string => `navigator.${parameter}.second`

type Layer = (name: string, x: Node) => Node

/** x W + b, with states that are called after the layer. */
const layersIn = (builder: Builder, of: EncoderSizes): Layer => {
  const shapes = new Map(layoutOf(of).entries.map(({ name, shape }) => [name, shape]))
  const state = (name: string) => builder.state(stateOf(name), shapes.get(name) ?? [])
  return (name, x) => add(matmul(x, state(`${name}.weight`)), state(`${name}.bias`))
}

const encoded = (layer: Layer, images: Node) => {
  const hidden = relu(layer("encoder.second", relu(layer("encoder.first", images))))
  return { means: layer("encoder.mean", hidden), logVariances: clip(layer("encoder.log_variance", hidden), -10, 4) }
}

const binaryEntropy = (p: number): number => (p > 0 && p < 1 ? -p * Math.log(p) - (1 - p) * Math.log(1 - p) : 0)

/** Counts as brightnesses from 0 to 1. */
const brightnesses = (counts: Uint8Array, side: Side, out: Float32Array): void => {
  const scale = 1 / levels(side)
  for (let i = 0; i < counts.length; i++) out[i] = counts[i]! * scale
}

const poolOf = ({ pool }: EncoderSettings, random: Random, stage: string): Int32Array =>
  drawFactors(random, { stage, purpose: "pool", step: 0 }, pool)

/** The names under which a snapshot keeps the states of a parameter, and the states. */
const keptOf = (parameter: string): ReadonlyArray<readonly [kept: string, state: string]> => [
  [parameter, stateOf(parameter)],
  [`${parameter}.first`, firstOf(parameter)],
  [`${parameter}.second`, secondOf(parameter)]
]

const beginning = (of: EncoderSizes, random: Random, stage: string): Snapshot => {
  const tensors: Record<string, HostTensor> = {}
  for (const [name, tensor] of Object.entries(initialParameters(of, random, stage))) {
    for (const [kept] of keptOf(name)) {
      tensors[kept] = kept === name ? tensor : { shape: tensor.shape, data: new Float32Array(tensor.data.length) }
    }
  }
  return { update: 0, tensors }
}

const snapshot = Effect.fnUntraced(function* (
  session: Session,
  of: EncoderSizes,
  update: number
): Effect.fn.Return<Snapshot, EngineError> {
  const tensors: Record<string, HostTensor> = {}
  for (const { name, shape } of layoutOf(of).entries) {
    for (const [kept, state] of keptOf(name)) tensors[kept] = { shape, data: yield* session.read(state) }
  }
  return { update, tensors }
})

const restore = Effect.fnUntraced(function* (
  session: Session,
  { tensors }: Snapshot
): Effect.fn.Return<void, EngineError> {
  for (const [kept, tensor] of Object.entries(tensors)) yield* session.write(`navigator.${kept}`, tensor)
})

const factorColumn = (factors: Int32Array, k: number): Matrix => {
  const n = factors.length / factorCount
  return matrix(
    n,
    1,
    Float64Array.from({ length: n }, (_, i) => factors[i * factorCount + k] ?? NaN)
  )
}

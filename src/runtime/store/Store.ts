/**
 * Where runs live on disk: a folder per run, a folder per stage, checkpoints and artifacts with digests.
 */
import { Context, Schema } from "effect"
import type { Effect, Option, Scope } from "effect"

/** A tensor as stored: float32, int32 or uint8. */
export interface StoredTensor {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array | Int32Array | Uint8Array
}

/**
 * The state of a stage after `update` updates: enough to go on as if never stopped. `state` is JSON (finite numbers,
 * no undefined).
 */
export interface Checkpoint {
  readonly update: number
  readonly tensors: Readonly<Record<string, StoredTensor>>
  readonly state: Schema.Json
}

/** The folder is missing, read-only, full, held by another process, or holds what it should not. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  path: Schema.String,
  reason: Schema.String,
  /** What the user can do. */
  fix: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.path}: ${this.reason}`
  }
}

/** What a stage's key is made of; equal key, equal result. */
export interface StageIdentity {
  /**
   * Readable and unique within the run: `train/bica/seed-13`. Becomes the folder. Each part is made of letters, digits
   * and `_ . , = @ + -`, begins with a letter, a digit or `_`, and is not `artifacts`, `checkpoints` or `stage.json`.
   */
  readonly label: string
  /** sha256, hex, over semantic hash, upstream keys, seed, numeric version, engine class. */
  readonly key: string
}

export interface StageFolder {
  readonly identity: StageIdentity
  /**
   * The artifacts, if the stage has ended here or in another run under the same runs folder with the same key; digests
   * checked.
   */
  readonly completed: Effect.Effect<Option.Option<Readonly<Record<string, Uint8Array>>>, StoreError>
  /** The newest checkpoint whose digests are right. Damaged ones are reported through the log and skipped. */
  readonly latest: Effect.Effect<Option.Option<Checkpoint>, StoreError>
  /** Writes a checkpoint atomically and keeps the one before. */
  readonly checkpoint: (checkpoint: Checkpoint) => Effect.Effect<void, StoreError>
  /**
   * Writes the artifacts (file name -> bytes) atomically, marks the stage as ended, drops its checkpoints. Names are
   * plain file names, not paths, and not `manifest.json`.
   */
  readonly complete: (artifacts: Readonly<Record<string, Uint8Array>>) => Effect.Effect<void, StoreError>
}

/** An open run folder, held by this process until the scope closes. */
export interface RunFolder {
  readonly path: string
  readonly stage: (identity: StageIdentity) => Effect.Effect<StageFolder, StoreError>
  /**
   * Writes a file at the top of the run folder atomically; `artifact: true` makes it part of the digest. The name may
   * have folders (`figures/success.svg`); `lock`, `artifacts.json`, `stages` and `superseded` belong to the store.
   */
  readonly write: (
    name: string,
    bytes: Uint8Array,
    options: { readonly artifact: boolean }
  ) => Effect.Effect<void, StoreError>
  /** The bytes of a file at the top of the run folder, if it is there. */
  readonly read: (name: string) => Effect.Effect<Option.Option<Uint8Array>, StoreError>
}

export class Store extends Context.Service<
  Store,
  {
    /** Opens `<runs>/<name>`, creating it if need be; fails when another live process holds it. */
    readonly open: (runs: string, name: string) => Effect.Effect<RunFolder, StoreError, Scope.Scope>
    /** `sha256  name` of every artifact of a run, sorted by name, and the total over those lines. */
    readonly digest: (
      run: string
    ) => Effect.Effect<
      { readonly artifacts: ReadonlyArray<{ readonly name: string; readonly sha256: string }>; readonly total: string },
      StoreError
    >
    /** When each stage of a run ended (ISO 8601), by label; stages that have not are left out. */
    readonly ended: (run: string) => Effect.Effect<Readonly<Record<string, string>>, StoreError>
    /** The bytes of a file of a run, named as `digest` names it or by its name at the top of the folder, if it is there. */
    readonly read: (run: string, name: string) => Effect.Effect<Option.Option<Uint8Array>, StoreError>
  }
>()("bica/runtime/store/Store") {}

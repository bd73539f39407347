/** What the checker knows of a module of the user's own, which it never runs: what the module says of itself. */

/** A term in a module. */
export interface CodeTerm {
  readonly name: string
  readonly doc: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly kind: "scalar" | "tensor" | "categorical" }>
  /** One number, or one number per step. */
  readonly gives: "scalar" | "tensor"
  readonly unit: "none" | "nats"
}

/** A module that may be run, by the digest of its text; or why it cannot be used. */
export type CodeModule =
  | { readonly digest: string; readonly terms: ReadonlyArray<CodeTerm> }
  | { readonly fault: string }

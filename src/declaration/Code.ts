/** What the checker knows of a module of the user's own, which it never runs: what the module says of itself. */
import type { EnvironmentDeclaration, MetricDeclaration } from "./Environment.ts"

/** A term in a module. */
export interface CodeTerm {
  readonly name: string
  readonly doc: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly kind: "scalar" | "tensor" | "categorical" }>
  /** One number, or one number per step. */
  readonly gives: "scalar" | "tensor"
  readonly unit: "none" | "nats"
}

/** A metric in a module. */
export interface CodeMetric extends Pick<MetricDeclaration, "name" | "doc" | "formula" | "unit" | "better"> {
  /**
   * What is counted of each episode, known wherever a stage plays; or each step of the episodes, known where the stage plays first.
   */
  readonly reads: "counts" | "steps"
  /** What it never leaves; a fraction stays within 0 and 1. */
  readonly minimum?: number
  readonly maximum?: number
}

/** What a module that may be run gives, by the digest of its text. */
export interface CodeContents {
  readonly digest: string
  readonly terms: ReadonlyArray<CodeTerm>
  readonly metrics: ReadonlyArray<CodeMetric>
  readonly environments: ReadonlyArray<EnvironmentDeclaration>
}

/** A module that may be run; or why it cannot be used. */
export type CodeModule = CodeContents | { readonly fault: string }

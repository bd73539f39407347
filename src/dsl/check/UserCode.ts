/** Modules of the user's own: which of them may be used, and what they add to what a file may name. */
import type { CodeContents } from "../../declaration/Code.ts"
import { boundsBy } from "../../declaration/Environment.ts"
import type { EnvironmentDeclaration, MetricDeclaration } from "../../declaration/Environment.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type * as Ast from "../syntax/Ast.ts"
import type { Catalogue } from "./Check.ts"
import type { Report } from "./Report.ts"

/** A module of the user's own, by its path as written. */
export interface ScopedCode extends CodeContents {
  readonly path: string
  readonly span: Span
}

/** The modules of a file by their names in it; undefined where one may not or cannot be used. */
export type ScopedModules = ReadonlyMap<string, ScopedCode | undefined>

/** The modules of the user's own that may be used, by their names here. */
export const checkCode = (report: Report, catalogue: Catalogue, uses: ReadonlyArray<Ast.Use>): ScopedModules => {
  const found = new Map<string, ScopedCode | undefined>()
  for (const { module } of uses) {
    if (module === undefined) continue
    const known = catalogue.code?.get(module.path)
    const before = found.get(module.as.text)
    if (!found.has(module.as.text)) found.set(module.as.text, undefined)
    if (known === undefined) {
      report.error(
        "BICA2016",
        module.span,
        `\`${module.path}\` is code, and no code is run unless it is allowed.`,
        "Read it first; then `--allow-code` allows the code that a file names."
      )
    } else if ("fault" in known) {
      report.error(
        "BICA2016",
        module.span,
        `\`${module.path}\` cannot be used: ${known.fault}.`,
        "Mend the module or its path, or leave it out."
      )
    } else if (before !== undefined) {
      report.error(
        "BICA2015",
        module.as.span,
        `\`${module.as.text}\` stands for two modules.`,
        "Keep one of the two.",
        {
          labels: [{ span: before.span, text: "used here first" }]
        }
      )
    } else found.set(module.as.text, { ...known, path: module.path, span: module.as.span })
  }
  return found
}

/** The modules that a file names, as far as they are known, without a word on what is wrong. */
export const modulesOf = (file: Ast.File, catalogue: Catalogue): ScopedModules =>
  new Map(
    file.declarations.flatMap((one) => {
      if (one._tag !== "Use" || one.module === undefined) return []
      const known = catalogue.code?.get(one.module.path)
      return known === undefined || "fault" in known
        ? []
        : [[one.module.as.text, { ...known, path: one.module.path, span: one.module.as.span }] as const]
    })
  )

/** Environments with those of modules, `doors.Doors`, each of which measures what modules measure, `doors.luck`, besides its own. */
export const withCode = (
  environments: ReadonlyArray<EnvironmentDeclaration>,
  modules: ScopedModules
): ReadonlyArray<EnvironmentDeclaration> => {
  const known = [...modules].flatMap(([name, one]) => (one === undefined ? [] : [[name, one] as const]))
  const own = known.flatMap(([module, { digest, environments: theirs }]) =>
    theirs.map((one): EnvironmentDeclaration => ({ ...one, name: `${module}.${one.name}`, code: { module, digest } }))
  )
  const metrics = known.flatMap(([module, { digest, metrics: theirs }]) =>
    theirs.map(({ reads, ...one }) => ({
      own: one.name,
      metric: {
        ...one,
        name: `${module}.${one.name}`,
        kind: reads === "steps" ? "team" : "episode",
        code: { module, digest }
      } satisfies MetricDeclaration
    }))
  )
  /** A metric as an environment has it: a module's own oracles may say that they are its ends. */
  const within = ({ code, oracles }: EnvironmentDeclaration): ReadonlyArray<MetricDeclaration> =>
    metrics.map(({ metric, own: name }) =>
      code?.module === metric.code.module ? { ...metric, ...boundsBy(oracles, name) } : metric
    )
  return metrics.length === 0
    ? [...environments, ...own]
    : [...environments, ...own].map((one) => ({ ...one, metrics: [...one.metrics, ...within(one)] }))
}

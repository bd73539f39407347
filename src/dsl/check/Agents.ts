/** Checks environments, their shifts, and agents. */
import type { EnvironmentDeclaration, ObservationDeclaration, RoleDeclaration } from "../../declaration/Environment.ts"
import * as Modules from "../../declaration/Modules.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type { Agent, Seen, Setting, Shift } from "../program/Program.ts"
import { setting } from "../program/Program.ts"
import { digest, settingsMeaning } from "../program/Semantics.ts"
import type * as Ast from "../syntax/Ast.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"
import { carriedBy, leakTo, reportLeak } from "./Visibility.ts"
import { defaultSetting, pathText, resolveBlock, resolveQuantity, resolveValue } from "./Values.ts"

const code = (name: string): string => `\`${name}\``

/** A nearest name as the second sentence of a finding. */
export const suggestion = (meant: string | undefined, otherwise: string): string =>
  meant === undefined ? otherwise : `Did you mean \`${meant}\`?`

/** An environment as far as it could be resolved: `settings` is undefined after a finding inside it. */
export interface CheckedEnvironment {
  readonly syntax: Ast.Environment
  readonly declaration: EnvironmentDeclaration | undefined
  readonly settings: ReadonlyArray<Setting> | undefined
}

/** Resolves an environment against the catalogue. */
export const checkEnvironment = (
  report: Report,
  catalogue: ReadonlyArray<EnvironmentDeclaration>,
  unusable: ReadonlySet<string>,
  syntax: Ast.Environment
): CheckedEnvironment => {
  const kind = syntax.kind.text
  // the module that it should come from is reported where it is named
  if (unusable.has(kind.split(".")[0] ?? "")) return { syntax, declaration: undefined, settings: undefined }
  const declaration = catalogue.find((one) => one.name === kind)
  if (declaration === undefined) {
    const names = catalogue.map((one) => one.name)
    const meant = report.nearest(kind, names)
    report.error(
      "BICA2003",
      syntax.kind.span,
      `There is no environment \`${kind}\`.`,
      suggestion(meant, `Known environments: ${list(names.map(code), "and")}.`),
      { replacement: meant }
    )
    return { syntax, declaration: undefined, settings: undefined }
  }
  const settings = resolveBlock(report, {
    owner: code(kind),
    parameters: declaration.parameters,
    entries: syntax.entries,
    span: syntax.name.span
  })
  return { syntax, declaration, settings }
}

/** What checking an agent needs to know of the rest of the file. */
export interface AgentScope {
  readonly environments: ReadonlyMap<string, CheckedEnvironment>
  readonly agents: ReadonlyMap<string, Ast.Agent>
  readonly modules: ReadonlyMap<string, Ast.Protocol | Ast.Mapper | Ast.Instructor>
}

/** An agent as far as it could be resolved. */
export interface CheckedAgent {
  readonly syntax: Ast.Agent
  readonly environment: string | undefined
  readonly role: RoleDeclaration | undefined
  /** Width of the recurrent state. */
  readonly hidden: number | undefined
  readonly agent: Agent | undefined
}

/** Resolves an agent: its role, what it sees and says, its network, prior, protocol and noise. */
export const checkAgent = (report: Report, scope: AgentScope, syntax: Ast.Agent): CheckedAgent => {
  const name = syntax.name.text
  const faulty = { syntax, environment: undefined, role: undefined, hidden: undefined, agent: undefined }
  const [place, roleName] = syntax.plays.parts
  if (place === undefined) return faulty
  const environment = scope.environments.get(place.text)
  if (environment === undefined) {
    // `plays navigator`: the environment left out, with the role named right
    const owner = [...scope.environments].find(([, one]) =>
      one.declaration?.roles.some((role) => role.name === place.text)
    )
    if (roleName === undefined && owner !== undefined) {
      const whole = `${owner[0]}.${place.text}`
      report.error(
        "BICA2004",
        syntax.plays.span,
        `\`${place.text}\` is a role of the environment \`${owner[0]}\`.`,
        `Write \`${whole}\`.`,
        { replacement: whole }
      )
      return faulty
    }
    const meant = report.nearest(place.text, scope.environments.keys())
    report.error(
      "BICA2001",
      place.span,
      `There is no environment called \`${place.text}\` in this file.`,
      suggestion(
        meant,
        scope.environments.size === 0
          ? "Declare it with `environment`."
          : `Declared: ${list([...scope.environments.keys()].map(code), "and")}.`
      ),
      { replacement: meant }
    )
    return faulty
  }
  const declaration = environment.declaration
  if (declaration === undefined) return faulty
  const roles = declaration.roles.map((role) => role.name)
  const role = roleName === undefined ? undefined : declaration.roles.find((one) => one.name === roleName.text)
  if (role === undefined || syntax.plays.parts.length > 2) {
    const meant = roleName === undefined ? undefined : report.nearest(roleName.text, roles)
    report.error(
      "BICA2004",
      roleName?.span ?? syntax.plays.span,
      roleName === undefined
        ? `\`${place.text}\` is an environment, not a role.`
        : `${code(declaration.name)} has no role \`${syntax.plays.parts
            .slice(1)
            .map((part) => part.text)
            .join(".")}\`.`,
      roles.length === 0
        ? "Leave the agent out: nobody but its own players plays there."
        : suggestion(
            meant,
            `Its roles are ${list(
              roles.map((one) => code(`${place.text}.${one}`)),
              "and"
            )}.`
          ),
      { replacement: meant }
    )
    return faulty
  }
  const sees = checkSees(report, scope, declaration, role, syntax)
  const says = checkSays(report, declaration, role, syntax)
  const settings = checkEntries(report, role, syntax)
  const policy = settings === undefined ? undefined : setting(settings, "policy")
  const prior = settings === undefined ? undefined : setting(settings, "prior")
  const width = policy === undefined ? undefined : setting(policy.parts, "hidden")?.value
  const hidden = typeof width === "number" ? width : undefined
  const agent =
    sees === undefined || says === undefined || settings === undefined || policy === undefined || prior === undefined
      ? undefined
      : {
          name,
          span: syntax.span,
          environment: place.text,
          role,
          sees,
          says: says.symbols,
          codes: says.codes,
          policy,
          prior,
          protocol: setting(settings, "protocol"),
          noise: setting(settings, "noise")
        }
  return { syntax, environment: place.text, role, hidden, agent }
}

const checkEntries = (report: Report, role: RoleDeclaration, syntax: Ast.Agent): ReadonlyArray<Setting> | undefined => {
  const name = syntax.name.text
  const silent = role.kind === "acts" ? ["noise", "protocol"] : []
  let sound = true
  const entries = syntax.entries.filter((entry) => {
    const key = pathText(entry.key)
    if (!silent.includes(key)) return true
    if (syntax.says === undefined) {
      report.error(
        "BICA5005",
        entry.key.span,
        `\`${name}\` says nothing, so its \`${key}\` has no effect.`,
        `Leave \`${key}\` out, or give it to an agent that speaks.`
      )
    } else {
      report.error(
        "BICA9005",
        entry.key.span,
        key === "noise"
          ? "This version of bica has no noise on what a protocol says."
          : `This version of bica has no table for what a ${role.name} says.`,
        key === "noise"
          ? "Leave `noise` out."
          : `Declare \`protocol codes for ${name} { gumbel_softmax(16) }\` instead.`
      )
    }
    sound = false
    return false
  })
  const settings = resolveBlock(report, {
    owner: code(name),
    parameters: Modules.agent(role),
    entries,
    span: syntax.name.span
  })
  return sound ? settings : undefined
}

const checkSees = (
  report: Report,
  scope: AgentScope,
  declaration: EnvironmentDeclaration,
  role: RoleDeclaration,
  syntax: Ast.Agent
): ReadonlyArray<Seen> | undefined => {
  const name = syntax.name.text
  if (syntax.sees.length === 0) {
    const known = list(
      role.observations.map((one) => code(one.name)),
      "and"
    )
    report.error("BICA3005", syntax.name.span, `\`${name}\` sees nothing.`, `Add \`sees\` with some of ${known}.`)
    return undefined
  }
  const speakers = [...scope.agents.values()]
    .filter((one) => one.says !== undefined && one.name.text !== name)
    .map((one) => one.name.text)
  const seen: Array<Seen> = []
  const first = new Map<string, Span>()
  let sound = true
  for (const value of syntax.sees) {
    const path = value._tag === "Reference" ? value.path : value._tag === "Call" ? value.callee : undefined
    if (path === undefined) {
      report.error(
        "BICA3001",
        value.span,
        "An agent sees observations of its role, messages of other agents and the advice of instructors.",
        "Name an observation."
      )
      sound = false
      continue
    }
    // a leak is said before anything else that may be wrong with it
    const quantity = path.parts.length > 1 && scope.agents.has(path.parts[0]?.text ?? "")
    const image = scope.modules.get(path.parts[0]?.text ?? "")?._tag === "Mapper"
    const leak = quantity || image ? leakTo(scope, name, carriedBy(scope, name, value), [`${name}.policy`]) : undefined
    if (leak !== undefined && path.parts[0]?.text !== name) {
      reportLeak(
        report,
        value.span,
        `\`${name}\` would read in \`${pathText(path)}\``,
        name,
        leak,
        "Leave it out: what an agent does not see it may only be told, by a message."
      )
      sound = false
      continue
    }
    const one =
      path.parts.length > 1
        ? checkMessage(report, scope, declaration, syntax, path, value, speakers)
        : checkObservation(report, scope, declaration, role, name, path, value, speakers)
    if (one === undefined) {
      sound = false
      continue
    }
    const written = pathText(path)
    const before = first.get(written)
    if (before !== undefined) {
      report.error("BICA2015", value.span, `\`${name}\` sees \`${written}\` twice.`, "Keep one of the two.", {
        labels: [{ span: before, text: "seen here first" }]
      })
      sound = false
      continue
    }
    first.set(written, value.span)
    seen.push(one)
  }
  return sound ? seen : undefined
}

const checkMessage = (
  report: Report,
  scope: AgentScope,
  declaration: EnvironmentDeclaration,
  listener: Ast.Agent,
  path: Ast.Path,
  value: Ast.Value,
  speakers: ReadonlyArray<string>
): Seen | undefined => {
  const [who, what] = path.parts
  if (who === undefined || what === undefined) return undefined
  const name = listener.name.text
  const written = pathText(path)
  const module = scope.modules.get(who.text)
  if (module !== undefined) return checkAdvice(report, scope, name, module, path, value)
  const speaker = scope.agents.get(who.text)
  if (speaker === undefined) {
    const instructors = [...scope.modules.values()].flatMap((one) => (one._tag === "Instructor" ? [one.name.text] : []))
    const advice = what.text === "advice"
    const known = advice ? instructors : [...scope.agents.keys(), ...instructors]
    const meant = report.nearest(who.text, known)
    report.error(
      "BICA2001",
      who.span,
      `There is no ${advice ? "instructor" : "agent"} \`${who.text}\`.`,
      suggestion(
        meant,
        known.length === 0 ? "Declare it with `instructor`." : `Declared: ${list(known.map(code), "and")}.`
      ),
      { replacement: meant }
    )
    return undefined
  }
  if (what.text !== "message" || path.parts.length > 2) {
    const meant = path.parts.length === 2 ? report.nearest(what.text, ["message"]) : undefined
    report.error(
      "BICA2006",
      path.parts.length > 2 ? path.span : what.span,
      `\`${name}\` cannot see \`${written}\`: of another agent only the message is heard.`,
      suggestion(meant, `Write \`${who.text}.message\`.`),
      { replacement: meant }
    )
    return undefined
  }
  if (who.text === name) {
    report.error("BICA5004", path.span, `\`${name}\` cannot see its own message.`, "Leave it out.")
    return undefined
  }
  if (speaker.says === undefined) {
    report.error(
      "BICA5005",
      path.span,
      `\`${who.text}\` says nothing, so there is no \`${written}\` to see.`,
      speakers.length === 0
        ? "Leave it out."
        : `Leave it out, or name ${list(speakers.map((one) => code(`${one}.message`)))}.`,
      { labels: [{ span: speaker.name.span, text: "says nothing" }] }
    )
    return undefined
  }
  if (value._tag === "Call") {
    report.error("BICA3006", value.span, `\`${written}\` takes no arguments.`, `Write \`${written}\`.`)
    return undefined
  }
  // within a step those who speak do so in the order of the roles
  const speaking = declaration.roles.filter(({ kind }) => kind === "speaks").map((role) => role.name)
  const place = ({ plays }: Ast.Agent) => speaking.indexOf(plays.parts[1]?.text ?? "")
  const [own, other] = [place(listener), place(speaker)]
  if (own >= 0 && other > own) {
    report.error(
      "BICA5004",
      path.span,
      `\`${who.text}\` plays the ${speaking[other] ?? ""}, who speaks after the ${speaking[own] ?? ""} in a step, so \`${name}\` cannot hear it.`,
      `Leave it out; \`${who.text}\` can see \`${name}.message\`.`,
      { labels: [{ span: speaker.plays.span, text: "speaks later" }] }
    )
    return undefined
  }
  return { _tag: "Message", agent: who.text, span: value.span }
}

/** What is seen of a module: the advice of an instructor. */
const checkAdvice = (
  report: Report,
  scope: AgentScope,
  name: string,
  module: Ast.Protocol | Ast.Mapper | Ast.Instructor,
  path: Ast.Path,
  value: Ast.Value
): Seen | undefined => {
  const [who, what] = path.parts
  if (who === undefined || what === undefined) return undefined
  const written = pathText(path)
  if (module._tag !== "Instructor") {
    const meant = module._tag === "Protocol" ? `${pathText(module.agent)}.message` : undefined
    report.error(
      "BICA2006",
      path.span,
      `\`${who.text}\` is a ${module._tag.toLowerCase()}, and \`${name}\` cannot see \`${written}\`.`,
      meant === undefined ? "Leave it out." : `What is said by it is \`${meant}\`.`,
      { replacement: meant }
    )
    return undefined
  }
  if (what.text !== "advice" || path.parts.length > 2) {
    report.error(
      "BICA2006",
      path.parts.length > 2 ? path.span : what.span,
      `\`${name}\` cannot see \`${written}\`: of an instructor only the advice is seen.`,
      `Write \`${who.text}.advice\`.`,
      { replacement: path.parts.length > 2 ? `${who.text}.advice` : "advice" }
    )
    return undefined
  }
  if (pathText(module.agent) !== name && scope.agents.has(pathText(module.agent))) {
    const leak = leakTo(scope, name, carriedBy(scope, name, value), [`${name}.policy`])
    report.error(
      "BICA5004",
      path.span,
      `\`${who.text}\` advises \`${pathText(module.agent)}\`, and only the agent that is advised sees it${leak === undefined ? "" : `: ${leak.path}`}.`,
      "Leave it out.",
      { labels: [{ span: module.agent.span, text: "advised here" }] }
    )
    return undefined
  }
  if (value._tag === "Call") {
    report.error("BICA3006", value.span, `\`${written}\` takes no arguments.`, `Write \`${written}\`.`)
    return undefined
  }
  return { _tag: "Advice", instructor: who.text, span: value.span }
}

const checkObservation = (
  report: Report,
  scope: AgentScope,
  declaration: EnvironmentDeclaration,
  role: RoleDeclaration,
  name: string,
  path: Ast.Path,
  value: Ast.Value,
  speakers: ReadonlyArray<string>
): Seen | undefined => {
  const word = pathText(path)
  const observation = role.observations.find((one) => one.name === word)
  if (observation === undefined) {
    const known = [...role.observations.map((one) => one.name), ...speakers.map((one) => `${one}.message`)]
    const owner = declaration.roles.find((one) => one.observations.some((other) => other.name === word))
    if (owner !== undefined) {
      const leak = leakTo(scope, name, carriedBy(scope, name, value), [`${name}.policy`])
      report.error(
        "BICA5004",
        path.span,
        `\`${name}\` plays the ${role.name}, and only the ${owner.name} sees \`${word}\`${leak === undefined ? "" : `: ${leak.path}`}.`,
        `Choose from ${list(known.map(code))}.`
      )
    } else {
      const meant = report.nearest(word, known)
      report.error(
        "BICA2006",
        path.span,
        `The ${role.name} has no observation \`${word}\`.`,
        suggestion(meant, `Choose from ${list(known.map(code))}.`),
        { replacement: meant }
      )
    }
    return undefined
  }
  return extentFits(report, observation, value)
    ? {
        _tag: "Observation",
        observation,
        origin:
          value._tag === "Call"
            ? { kind: "written", span: value.span }
            : { kind: "default", source: { kind: "convention", text: `the view that ${declaration.name} has` } },
        span: value.span
      }
    : undefined
}

const extentFits = (report: Report, observation: ObservationDeclaration, value: Ast.Value): boolean => {
  if (value._tag !== "Call") return true
  const extent = observation.extent
  const [argument, ...more] = value.arguments
  if (extent === undefined || argument === undefined || more.length > 0) {
    report.error(
      "BICA3006",
      value.span,
      `\`${observation.name}\` takes ${extent === undefined ? "no arguments" : "one argument, its extent"}.`,
      `Write \`${observation.name}${extent === undefined ? "" : `(${extent.width} by ${extent.height})`}\`.`
    )
    return false
  }
  const given = argument.value
  const whole = `${extent.width} by ${extent.height}`
  if (given._tag !== "Extent") {
    report.error(
      "BICA3001",
      argument.span,
      `\`${observation.name}\` takes an extent.`,
      `Write \`${observation.name}(${whole})\`.`
    )
    return false
  }
  if (
    given.width.value !== extent.width ||
    given.height.value !== extent.height ||
    given.width.unit !== undefined ||
    given.height.unit !== undefined
  ) {
    report.error(
      "BICA3003",
      given.span,
      `\`${observation.name}\` is ${whole} cells, not ${given.width.text} by ${given.height.text}.`,
      `Write \`${whole}\`.`,
      { replacement: whole }
    )
    return false
  }
  return true
}

/** What an agent says: symbols that have a meaning beforehand, or a number of codes. */
interface Said {
  readonly symbols: ReadonlyArray<string>
  readonly codes: Setting | undefined
}

const checkSays = (
  report: Report,
  declaration: EnvironmentDeclaration,
  role: RoleDeclaration,
  syntax: Ast.Agent
): Said | undefined => {
  const name = syntax.name.text
  const says = syntax.says
  if (says === undefined) {
    if (role.kind === "acts") return { symbols: [], codes: undefined }
    report.error(
      "BICA3005",
      syntax.name.span,
      `\`${name}\` speaks, but the file does not say what.`,
      "Add `says { … }` with its symbols."
    )
    return undefined
  }
  if (says._tag === "Codes") {
    if (role.kind === "acts") {
      const codes = resolveQuantity(report, Modules.codes, says.quantity)
      return codes === undefined ? undefined : { symbols: [], codes }
    }
    report.error(
      "BICA9005",
      says.span,
      `This version of bica cannot train a ${role.name} whose codes mean nothing beforehand.`,
      "Give a set of symbols: `says { N, E, S, W }`."
    )
    return undefined
  }
  if (role.kind === "acts") {
    const speakers = declaration.roles.filter((one) => one.kind === "speaks").map((one) => one.name)
    report.error(
      "BICA9005",
      says.span,
      `This version of bica cannot train a ${role.name} whose symbols mean something beforehand.`,
      speakers.length === 0
        ? "Let it say codes: `says 8 codes`."
        : `Let it say codes, \`says 8 codes\`, or give the symbols to the ${list(speakers)}.`
    )
    return undefined
  }
  const first = new Map<string, Span>()
  let sound = true
  for (const symbol of says.symbols) {
    const before = first.get(symbol.text)
    if (before !== undefined) {
      report.error("BICA2015", symbol.span, `\`${name}\` says \`${symbol.text}\` twice.`, "Keep one of the two.", {
        labels: [{ span: before, text: "listed here first" }]
      })
      sound = false
    } else first.set(symbol.text, symbol.span)
  }
  if (sound && first.size < role.choices.length) {
    report.error(
      "BICA3003",
      says.span,
      `\`${name}\` has ${first.size} symbols for the ${role.choices.length} intents ${list(role.choices.map(code), "and")}.`,
      "Give at least one symbol for each intent."
    )
    return undefined
  }
  return sound ? { symbols: [...first.keys()], codes: undefined } : undefined
}

// ---- shifts ----------------------------------------------------------------------------------------------------

/** What a shift may change besides the environment's parameters: the noise of these agents. */
export interface ShiftScope {
  readonly agents: ReadonlyMap<string, CheckedAgent>
}

/** Resolves the shifts of an environment; undefined after a finding in any of them. */
export const checkShifts = (
  report: Report,
  scope: ShiftScope,
  checked: CheckedEnvironment
): ReadonlyArray<Shift> | undefined => {
  const { declaration, settings, syntax } = checked
  const shifts: Array<Shift> = []
  const names = new Map<string, Span>([[syntax.name.text, syntax.name.span]])
  const meanings = new Map<string, Ast.Shift>()
  let sound = true
  for (const shift of syntax.shifts) {
    const before = names.get(shift.name.text)
    if (before !== undefined) {
      report.error(
        "BICA2002",
        shift.name.span,
        `\`${shift.name.text}\` is declared twice.`,
        "Give one of them another name.",
        {
          labels: [{ span: before, text: "declared here first" }]
        }
      )
      sound = false
      continue
    }
    names.set(shift.name.text, shift.name.span)
    if (declaration === undefined || settings === undefined) {
      sound = false
      continue
    }
    const one = checkShift(report, scope, declaration, settings, shift)
    if (one === undefined) {
      sound = false
      continue
    }
    const untouched = digest([settingsMeaning(settings)])
    const meaning = digest([
      settingsMeaning(settings.map((old) => setting(one.settings, old.parameter.name) ?? old)),
      ...one.noise
        .flatMap(({ agent, setting: noise }) => {
          const now = digest(settingsMeaning([noise]))
          const old = scope.agents.get(agent)?.agent?.noise
          return old !== undefined && digest(settingsMeaning([old])) === now ? [] : [[agent, now]]
        })
        .sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1))
    ])
    const same = meanings.get(meaning)
    if (meaning === untouched) {
      report.error(
        "BICA5014",
        shift.name.span,
        `The shift \`${shift.name.text}\` changes nothing: every value in it is that of \`${syntax.name.text}\`.`,
        "Change a value, or leave the shift out."
      )
      sound = false
    } else if (same !== undefined) {
      report.error(
        "BICA5014",
        shift.name.span,
        `The shift \`${shift.name.text}\` means the same as \`${same.name.text}\`.`,
        "Change a value, or leave one of the two out.",
        { labels: [{ span: same.name.span, text: "the same shift" }] }
      )
      sound = false
    } else meanings.set(meaning, shift)
    shifts.push(one)
  }
  return sound ? shifts : undefined
}

const checkShift = (
  report: Report,
  scope: ShiftScope,
  declaration: EnvironmentDeclaration,
  settings: ReadonlyArray<Setting>,
  shift: Ast.Shift
): Shift | undefined => {
  const noise: Array<Shift["noise"][number]> = []
  const first = new Map<string, Span>()
  let sound = true
  const own: Array<Ast.Entry> = []
  for (const entry of shift.entries) {
    const [who, what] = entry.key.parts
    if (who === undefined || what === undefined) {
      own.push(entry)
      continue
    }
    const checked = scope.agents.get(who.text)
    if (checked === undefined) {
      const meant = report.nearest(who.text, scope.agents.keys())
      report.error(
        "BICA2001",
        who.span,
        `There is no agent \`${who.text}\`.`,
        suggestion(meant, "Declare it with `agent`."),
        { replacement: meant }
      )
      sound = false
      continue
    }
    if (what.text !== "noise" || entry.key.parts.length > 2) {
      const meant = entry.key.parts.length === 2 ? report.nearest(what.text, ["noise"]) : undefined
      report.error(
        "BICA2005",
        what.span,
        `A shift cannot change \`${pathText(entry.key)}\`: of an agent it changes the noise.`,
        suggestion(meant, `Write \`${who.text}.noise { … }\`.`),
        { replacement: meant }
      )
      sound = false
      continue
    }
    if (checked.role === undefined) {
      sound = false
      continue
    }
    const parameter = Modules.agent(checked.role).find((one) => one.name === "noise")
    if (parameter === undefined) {
      if (checked.syntax.says === undefined) {
        report.error(
          "BICA5005",
          entry.key.span,
          `\`${who.text}\` says nothing, so its \`noise\` has no effect.`,
          "Name an agent that speaks."
        )
      } else {
        report.error(
          "BICA9005",
          entry.key.span,
          "This version of bica has no noise on what a protocol says.",
          "Leave it out."
        )
      }
      sound = false
      continue
    }
    const written = pathText(entry.key)
    const before = first.get(written)
    if (before !== undefined) {
      report.error("BICA2015", entry.key.span, `\`${written}\` is given twice.`, "Keep one of the two.", {
        labels: [{ span: before, text: "given here first" }]
      })
      sound = false
      continue
    }
    first.set(written, entry.key.span)
    const resolved = resolveValue(report, parameter, entry.value, checked.agent?.noise ?? defaultSetting(parameter))
    if (resolved === undefined) sound = false
    else noise.push({ agent: who.text, setting: resolved })
  }
  const changed = resolveBlock(report, {
    owner: code(declaration.name),
    parameters: declaration.parameters,
    entries: own,
    span: shift.name.span,
    base: settings,
    partial: true
  })
  return sound && changed !== undefined
    ? { name: shift.name.text, span: shift.span, settings: changed, noise }
    : undefined
}

/** Checks what is learned between the agents: protocols, mappers and instructors. */
import * as Modules from "../../declaration/Modules.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type { Instructor, Mapper, Module, Protocol, Setting } from "../program/Program.ts"
import type * as Ast from "../syntax/Ast.ts"
import type { CheckedAgent } from "./Agents.ts"
import { suggestion } from "./Agents.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"
import { pathText, resolveArguments, resolveBlock, resolveValue } from "./Values.ts"
import { carriedBy, leakTo, reportLeak } from "./Visibility.ts"
import type { SightScope } from "./Visibility.ts"

const code = (name: string): string => `\`${name}\``

/** A module as it is written. */
export type Part = Ast.Protocol | Ast.Mapper | Ast.Instructor

/** What a module is, in a word. */
export const kindOf = (part: Part): "protocol" | "mapper" | "instructor" =>
  part._tag === "Protocol" ? "protocol" : part._tag === "Mapper" ? "mapper" : "instructor"

/** What the observation of the whole state is called. */
const wholeState = "full"

type Agents = ReadonlyMap<string, CheckedAgent>

/** The agent that a path names; undefined after a finding. */
const agentAt = (report: Report, agents: Agents, path: Ast.Path): CheckedAgent | undefined => {
  const name = pathText(path)
  const agent = agents.get(name)
  if (agent !== undefined) return agent
  const meant = report.nearest(name, agents.keys())
  report.error(
    "BICA2001",
    path.span,
    `There is no agent \`${name}\`.`,
    suggestion(
      meant,
      agents.size === 0 ? "The file declares no agent." : `Declared: ${list([...agents.keys()].map(code), "and")}.`
    ),
    { replacement: meant }
  )
  return undefined
}

/** The one method of a module; undefined after a finding. */
const method = (
  report: Report,
  parameter: typeof Modules.generators,
  part: Ast.Protocol | Ast.Mapper
): Setting | undefined => {
  const [first, second] = part.methods
  const options = parameter.type.kind === "choice" ? parameter.type.options : []
  if (first === undefined) {
    const examples = options.map((one) => code(one.parameters.length === 0 ? one.name : `${one.name}(16)`))
    report.error(
      "BICA3005",
      part.name.span,
      `The file does not say how \`${part.name.text}\` works.`,
      `Write ${list(examples)} in its braces.`
    )
    return undefined
  }
  if (second !== undefined) {
    report.error("BICA2015", second.span, `\`${part.name.text}\` works in one way.`, "Keep one of the two.", {
      labels: [{ span: first.span, text: "given here first" }]
    })
    return undefined
  }
  return resolveValue(report, parameter, first)
}

/** Looks at what a protocol is written to read: a leak, or a view that this version cannot give it. Returns the other entries. */
const checkReading = (
  report: Report,
  sight: SightScope,
  part: Ast.Protocol
): { readonly entries: ReadonlyArray<Ast.Entry>; readonly sound: boolean } => {
  const name = part.name.text
  const speaker = pathText(part.agent)
  const entries = part.entries.filter((entry) => pathText(entry.key) !== "sees")
  const readings = part.entries.filter((entry) => pathText(entry.key) === "sees")
  for (const { value } of readings) {
    const leak = leakTo(sight, speaker, carriedBy(sight, speaker, value), [`${name}.context`, `${speaker}.message`])
    if (leak !== undefined) {
      const fix = `Leave \`sees\` out: a protocol reads what \`${speaker}\` has been through.`
      reportLeak(report, value.span, `\`${name}\` would generate what \`${speaker}\` says from`, speaker, leak, fix)
    } else {
      report.error(
        "BICA9002",
        value.span,
        `In this version of bica a protocol reads all that \`${speaker}\` has been through, and nothing else.`,
        "Leave `sees` out."
      )
    }
  }
  return { entries, sound: readings.length === 0 }
}

const checkProtocol = (report: Report, agents: Agents, sight: SightScope, part: Ast.Protocol): Protocol | undefined => {
  const speaker = agentAt(report, agents, part.agent)
  const name = part.name.text
  let sound = speaker !== undefined
  if (speaker !== undefined) {
    const who = speaker.syntax.name.text
    const says = speaker.syntax.says
    if (says === undefined) {
      report.error(
        "BICA5005",
        part.agent.span,
        `\`${who}\` says nothing, so it has no use for the protocol \`${name}\`.`,
        `Let it say codes, such as \`says 8 codes\`, or leave \`${name}\` out.`,
        { labels: [{ span: speaker.syntax.name.span, text: "says nothing" }] }
      )
      sound = false
    } else if (says._tag === "Symbols") {
      // an acting agent with symbols is reported for these
      if (speaker.role?.kind !== "acts") {
        report.error(
          "BICA5020",
          part.agent.span,
          `\`${who}\` says symbols that have a meaning beforehand, and the protocol \`${name}\` is for codes.`,
          `Name an agent that \`says 8 codes\`, or give \`${who}\` a table: \`protocol table { }\`.`,
          { labels: [{ span: says.span, text: "what it says" }] }
        )
      }
      sound = false
    }
  }
  const how = method(report, Modules.generators, part)
  const reading = checkReading(report, sight, part)
  if (!reading.sound) sound = false
  const settings = resolveBlock(report, {
    owner: code(name),
    parameters: Modules.protocol,
    entries: reading.entries,
    span: part.name.span
  })
  return sound && how !== undefined && settings !== undefined
    ? { _tag: "Protocol", name, span: part.span, agent: pathText(part.agent), method: how, settings }
    : undefined
}

const checkMapper = (
  report: Report,
  agents: Agents,
  functions: ReadonlyArray<string>,
  part: Ast.Mapper
): Mapper | undefined => {
  const ends = [agentAt(report, agents, part.from), agentAt(report, agents, part.to)]
  const name = part.name.text
  let sound = ends.every((end) => end !== undefined)
  if (functions.includes(name)) {
    report.error(
      "BICA2002",
      part.name.span,
      `\`${name}\` is a function of the language.`,
      "Give the mapper another name."
    )
    sound = false
  }
  const how = method(report, Modules.mappings, part)
  const settings = resolveBlock(report, {
    owner: code(name),
    parameters: [],
    entries: part.entries,
    span: part.name.span
  })
  return sound && how !== undefined && settings !== undefined
    ? { _tag: "Mapper", name, span: part.span, from: pathText(part.from), to: pathText(part.to), method: how }
    : undefined
}

/** How many of the last steps an instructor sees, which must see the whole state; undefined after a finding. */
const checkViews = (report: Report, part: Ast.Instructor): number | undefined => {
  const name = part.name.text
  const [view] = part.sees
  if (view === undefined) {
    report.error("BICA3005", part.name.span, `\`${name}\` sees nothing.`, `Add \`sees ${wholeState}\`.`)
    return undefined
  }
  const known = new Map<string, Ast.Value>()
  for (const value of part.sees) {
    const written = value._tag === "Reference" ? value.path : value._tag === "Call" ? value.callee : undefined
    const seen = written === undefined ? "" : pathText(written)
    const isView = seen === Modules.history.name || (seen === wholeState && value._tag === "Reference")
    if (!isView) {
      report.error(
        "BICA9002",
        value.span,
        `In this version of bica an instructor sees \`${wholeState}\`: the whole state, with the memory of the agent that it advises; and, where it says so, the last steps: \`${Modules.history.name}(8)\`.`,
        `Write \`sees ${wholeState}\`.`
      )
      return undefined
    }
    const before = known.get(seen)
    if (before !== undefined) {
      report.error("BICA2015", value.span, `\`${name}\` sees \`${seen}\` twice.`, "Keep one of the two.", {
        labels: [{ span: before.span, text: "seen here first" }]
      })
      return undefined
    }
    known.set(seen, value)
  }
  const past = known.get(Modules.history.name)
  if (!known.has(wholeState)) {
    report.error(
      "BICA9002",
      view.span,
      `In this version of bica an instructor sees the whole state, and \`${name}\` sees the last steps alone.`,
      `Write \`${wholeState}\` before it.`
    )
    return undefined
  }
  if (past === undefined) return 0
  const given = past._tag === "Call" ? past.arguments : []
  const settings = resolveArguments(report, code(Modules.history.name), Modules.history.parameters, given, past.span)
  const steps = settings?.find(({ parameter }) => parameter === Modules.pastSteps)?.value
  return typeof steps === "number" ? steps : undefined
}

const checkInstructor = (
  report: Report,
  agents: Agents,
  sight: SightScope,
  part: Ast.Instructor
): Instructor | undefined => {
  const pupil = agentAt(report, agents, part.agent)
  const name = part.name.text
  let sound = pupil !== undefined
  const later = (span: Span, cause: string, fix: string): void => {
    report.error("BICA9002", span, cause, fix)
    sound = false
  }
  const told = pathText(part.agent)
  const advice: Ast.Value = {
    _tag: "Reference",
    path: { parts: [part.name, { text: "advice", span: part.name.span }], span: part.name.span },
    span: part.name.span
  }
  const leak = pupil === undefined ? undefined : leakTo(sight, told, carriedBy(sight, told, advice), [`${told}.policy`])
  if (leak !== undefined) {
    reportLeak(
      report,
      part.agent.span,
      `\`${name}\` would tell`,
      told,
      leak,
      "Let the instructor be for an agent that sees what it sees, or let somebody say it in a message."
    )
    sound = false
  } else if (pupil?.role !== undefined && pupil.role.kind !== "speaks") {
    later(
      part.agent.span,
      `This version of bica cannot advise a ${pupil.role.name}.`,
      "Let the instructor be for an agent whose role is to speak."
    )
  }
  const history = checkViews(report, part)
  if (history === undefined) sound = false
  const first = new Map<string, Span>()
  for (const advice of part.gives) {
    const before = first.get(advice.text)
    if (before !== undefined) {
      report.error("BICA2015", advice.span, `\`${name}\` gives \`${advice.text}\` twice.`, "Keep one of the two.", {
        labels: [{ span: before, text: "given here first" }]
      })
      sound = false
    } else first.set(advice.text, advice.span)
  }
  const kinds = part.gives.filter((advice) => advice.text !== Modules.silentAdvice)
  const tooMany = kinds[Modules.mostKindsOfAdvice]
  if (sound && (kinds.length === 0 || !first.has(Modules.silentAdvice))) {
    report.error(
      "BICA3005",
      part.gives[0]?.span ?? part.name.span,
      kinds.length === 0
        ? `The file does not say what \`${name}\` gives.`
        : `\`${name}\` gives advice at every step, and nothing is to be learned about when.`,
      `Write \`gives { ${[Modules.silentAdvice, ...(kinds.length === 0 ? ["hint"] : kinds.map(({ text }) => text))].join(", ")} }\`.`
    )
    sound = false
  } else if (tooMany !== undefined && sound) {
    later(
      tooMany.span,
      `This version of bica has up to ${Modules.mostKindsOfAdvice} kinds of advice besides \`${Modules.silentAdvice}\`, and \`${name}\` gives ${kinds.length}.`,
      `Keep up to ${Modules.mostKindsOfAdvice} of them.`
    )
  }
  const settings = resolveBlock(report, {
    owner: code(name),
    parameters: Modules.instructor,
    entries: part.entries,
    span: part.name.span
  })
  return sound && settings !== undefined
    ? {
        _tag: "Instructor",
        name,
        span: part.span,
        agent: pathText(part.agent),
        sees: [wholeState],
        history: history ?? 0,
        gives: [Modules.silentAdvice, ...kinds.map((advice) => advice.text)],
        settings
      }
    : undefined
}

/** The modules of a file by name: undefined where one is faulty. */
export type CheckedParts = ReadonlyMap<string, { readonly syntax: Part; readonly module: Module | undefined }>

/** Resolves the modules of a file, and sees to it that what is said is heard. */
export const checkParts = (
  report: Report,
  agents: Agents,
  functions: ReadonlyArray<string>,
  parts: ReadonlyMap<string, Part>,
  sight: SightScope
): CheckedParts => {
  const checked = new Map<string, { readonly syntax: Part; readonly module: Module | undefined }>()
  const firsts = new Map<Part["_tag"], Part>()
  for (const [name, part] of parts) {
    const before = firsts.get(part._tag)
    if (before !== undefined) {
      report.error(
        "BICA9002",
        part.name.span,
        `This version of bica trains one ${kindOf(part)} in a file.`,
        "Leave one of the two out.",
        { labels: [{ span: before.name.span, text: "the first one" }] }
      )
      checked.set(name, { syntax: part, module: undefined })
      continue
    }
    firsts.set(part._tag, part)
    const module =
      part._tag === "Protocol"
        ? checkProtocol(report, agents, sight, part)
        : part._tag === "Mapper"
          ? checkMapper(report, agents, functions, part)
          : checkInstructor(report, agents, sight, part)
    checked.set(name, { syntax: part, module })
  }
  const protocols = [...parts.values()].filter((part) => part._tag === "Protocol")
  // with one missing or misspelt agent, who speaks by what is not certain
  const named = protocols.every((part) => agents.has(pathText(part.agent)))
  for (const { agent } of agents.values()) {
    if (agent?.codes === undefined || !named) continue
    if (protocols.some((part) => pathText(part.agent) === agent.name)) continue
    report.error(
      "BICA5020",
      agent.codes.origin.kind === "written" ? agent.codes.origin.span : agent.span,
      `\`${agent.name}\` says codes, and no protocol makes them.`,
      `Add \`protocol codes for ${agent.name} { gumbel_softmax(16) }\`.`
    )
  }
  if ([...agents.values()].some(({ agent }) => agent === undefined)) return checked
  const seen = [...agents.values()].flatMap(({ agent }) => agent?.sees ?? [])
  for (const { module, syntax } of checked.values()) {
    if (module === undefined || module._tag === "Mapper") continue
    const heard =
      module._tag === "Protocol"
        ? seen.some((one) => one._tag === "Message" && one.agent === module.agent)
        : seen.some((one) => one._tag === "Advice" && one.instructor === module.name)
    if (heard) continue
    const path = module._tag === "Protocol" ? `${module.agent}.message` : `${module.name}.advice`
    report.error(
      "BICA5001",
      syntax.name.span,
      `No agent sees \`${path}\`, so \`${module.name}\` changes nothing.`,
      module._tag === "Protocol"
        ? `Add \`${path}\` to what another agent \`sees\`, or leave \`${module.name}\` out.`
        : `Add \`${path}\` to what \`${module.agent}\` \`sees\`, or leave \`${module.name}\` out.`
    )
  }
  // a speaker whom nobody hears may be meant, as a control of a file of its own; where nobody acts that is what is wrong
  const acts = [...agents.values()].some(({ role }) => role?.kind === "acts")
  for (const [name, { agent, role, syntax }] of agents) {
    if (!acts || agent === undefined || role?.kind !== "speaks" || agent.says.length === 0) continue
    if (seen.some((one) => one._tag === "Message" && one.agent === name)) continue
    report.warning(
      "BICA5001",
      syntax.name.span,
      `No agent sees \`${name}.message\`, so what \`${name}\` says changes nothing.`,
      `Add \`${name}.message\` to what another agent \`sees\`.`
    )
  }
  return checked
}

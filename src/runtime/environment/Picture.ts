/** What an environment of a module draws of its states: marks on cells, as data. Colours and strokes are the report's. */
import { Result, Schema } from "effect"
import { EnvironmentError } from "./Environment.ts"

/** Cells from side to side, at most. */
export const mostCells = 64
/** Marks of one state, and characters of a label, at most. */
export const mostMarks = 2048
const longestLabel = 12

export const shapes = ["cell", "disc", "ring", "arrow", "cross", "text"] as const
export const tones = ["plain", "first", "second", "third"] as const

const Side = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: mostCells }))
const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: mostCells - 1 }))

/** A mark on a cell; cells are counted from the north-west corner. */
export const Mark = Schema.Struct({
  x: Place,
  y: Place,
  /** A filled cell, a disc, a ring, an arrow, a cross, or a label alone. */
  shape: Schema.Literals(shapes),
  /** Where an arrow points: 0 to 3, north, east, south, west; north without it. */
  turn: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))),
  /** One of four colours; each shape has one without it. */
  tone: Schema.optionalKey(Schema.Literals(tones)),
  /** A few characters on the mark. */
  label: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(longestLabel)))
})
export type Mark = typeof Mark.Type

/** The states of an episode as pictures, from its start to its end: one more than it has steps. */
export const DrawnEpisode = Schema.Struct({
  grid: Schema.Struct({ width: Side, height: Side }),
  frames: Schema.NonEmptyArray(Schema.Array(Mark).check(Schema.isMaxLength(mostMarks)))
})
export type DrawnEpisode = typeof DrawnEpisode.Type

/** A picture of one state. */
export interface Picture {
  readonly grid: DrawnEpisode["grid"]
  readonly marks: ReadonlyArray<Mark>
}

const decode = Schema.decodeUnknownResult(
  Schema.Struct({ grid: DrawnEpisode.fields.grid, marks: Schema.Array(Mark).check(Schema.isMaxLength(mostMarks)) })
)

/** What a game drew, copied; throws an `EnvironmentError` where it is no picture. */
export const pictureOf = (
  environment: string,
  drawn: { readonly width: number; readonly height: number; readonly marks: unknown }
): Picture => {
  const { height, marks, width } = drawn
  const refuse = (reason: string): never => {
    throw new EnvironmentError({ environment, reason: `its picture cannot be drawn: ${reason}` })
  }
  const found = decode({ grid: { width, height }, marks })
  if (Result.isFailure(found)) return refuse(String(found.failure).split("\n").join(" ").trim())
  const picture = found.success
  const outside = picture.marks.find(({ x, y }) => x >= width || y >= height)
  return outside === undefined
    ? picture
    : refuse(`a mark at ${outside.x}, ${outside.y} is outside of ${width} by ${height} cells`)
}

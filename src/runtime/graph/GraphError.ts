/** Misuse of the graph's builder. */
import { Schema } from "effect"

/** An operation was given shapes, names or numbers that its type rule refuses. Thrown: a graph that does not type is a defect. */
export class GraphError extends Schema.TaggedError<GraphError>()("GraphError", {
  operation: Schema.String,
  shapes: Schema.Array(Schema.Array(Schema.Number)),
  reason: Schema.String
}) {
  override get message() {
    const shapes = this.shapes.map((shape) => `[${shape.join(", ")}]`).join(", ")
    return `${this.operation}${shapes === "" ? "" : ` of ${shapes}`}: ${this.reason}`
  }
}

/** The same quantity on another view of the same steps. */
import type { Categorical, LossContext, Scalar, Tensor, View } from "./Expression.ts"

/**
 * x as it is where the agents read another view of the same steps: in `silence` nothing that another agent says is heard, `unadvised` no
 * advice is given. Rows and axes are those of x. kl(policy || paired(policy, "silence")) is how far messages move an agent (Lowe et al.
 * 2019; Jaques et al. 2019).
 */
export function paired(x: Categorical, view: View): Categorical
export function paired(x: Tensor, view: View): Tensor
export function paired(x: Scalar, view: View): Scalar
export function paired(x: Categorical | Tensor | Scalar, view: View): Categorical | Tensor | Scalar {
  const there = (context: LossContext): LossContext => context.viewed(view)
  switch (x.kind) {
    case "categorical":
      return { kind: "categorical", build: (context) => x.build(there(context)) }
    case "tensor": {
      const { weights } = x
      return {
        kind: "tensor",
        build: (context) => x.build(there(context)),
        ...(weights === undefined ? {} : { weights: (context: LossContext) => weights(there(context)) })
      }
    }
    case "scalar":
      return { kind: "scalar", build: (context) => x.build(there(context)) }
  }
}

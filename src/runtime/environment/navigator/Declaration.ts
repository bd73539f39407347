/** What the checker, completion and documentation know of the Latent Navigator. */
import type { EnvironmentDeclaration, MetricDeclaration } from "../../../declaration/Environment.ts"
import type { Parameter, Source } from "../../../declaration/Parameter.ts"

const paper = (text: string): Source => ({ kind: "paper", text: `Li & Song 2025, ${text}` })
const convention = (text: string): Source => ({ kind: "convention", text })
const ours = (text: string): Source => ({ kind: "ours", text })

const number = (
  name: string,
  doc: string,
  value: number,
  source: Source,
  range: { readonly minimum: number; readonly maximum: number; readonly integer?: boolean; readonly above?: boolean }
): Parameter => ({ name, doc, type: { kind: "number", unit: "none", ...range }, default: value, source })

const share = (name: string, doc: string, value: number, source: Source): Parameter => ({
  name,
  doc,
  type: { kind: "number", unit: "fraction", minimum: 0, maximum: 1 },
  default: value,
  source
})

const block = (name: string, doc: string, parameters: ReadonlyArray<Parameter>): Parameter => ({
  name,
  doc,
  type: { kind: "block", parameters },
  default: Object.fromEntries(
    parameters.flatMap((one) => (one.default === undefined ? [] : [[one.name, one.default]]))
  ),
  source: ours("as its parts say")
})

/** A metric of sessions: each session has a value, or none. */
const metric = (
  one: Omit<MetricDeclaration, "kind" | "floor" | "better" | "unit"> & Partial<MetricDeclaration>
): MetricDeclaration => ({ unit: "none", better: "higher", kind: "episode", ...one })

/**
 * Latent Navigator: a person looks for images that it likes on a map of a β-VAE's latent space, and an assistant that learns its taste
 * suggests places. An episode is a session of so many clicks. Nobody is trained by gradients between sessions: both adapt while they play,
 * so its players are written, and what they do can be switched off part by part.
 *
 * Source: Li & Song 2025, section 4.2 and Table 4, which names the quantities and defines none; the definitions are ours.
 */
export const LatentNavigator: EnvironmentDeclaration = {
  name: "LatentNavigator",
  doc: "A map of images that a β-VAE has encoded. A person with a taste clicks on it; an assistant who learns that taste suggests where. An episode is a session.",
  parameters: [
    {
      name: "clicks",
      doc: "Clicks of a session.",
      type: { kind: "number", unit: "steps", minimum: 10, maximum: 1000, integer: true },
      default: 100,
      source: ours("as in the sessions of the paper's released code")
    },
    number(
      "catalogue",
      "Images that can be clicked on: encoded ones, drawn at random for each seed.",
      2048,
      ours("dense enough that near on the map is near in the latents"),
      {
        minimum: 256,
        maximum: 16_384,
        integer: true
      }
    ),
    number(
      "suggestions",
      "Places that the assistant suggests for each click.",
      3,
      ours("three and an idea of its own are what a person can compare"),
      {
        minimum: 2,
        maximum: 8,
        integer: true
      }
    ),
    block("person", "The one who clicks: what it attends to, remembers and trusts.", [
      number(
        "attention_rate",
        "How fast attention moves towards the factors that predict the scores; 0 leaves it as it is, and what is liked too.",
        0.15,
        convention("ALCOVE, Kruschke 1992"),
        {
          minimum: 0,
          maximum: 10
        }
      ),
      {
        name: "budget",
        doc: "How far attention may move from where it began: KL(a || a_0) is held below it.",
        type: { kind: "number", unit: "nats", minimum: 0, maximum: 100 },
        default: 0.05,
        source: ours("0.25 nats never bind: attention moves 0.1 on average")
      },
      number(
        "trust_rate",
        "How fast trust in the assistant's forecast follows whose forecast was nearer; trust is 0 at first.",
        0.2,
        ours("a hundred clicks take it from none to all"),
        {
          minimum: 0,
          maximum: 10
        }
      ),
      number("noise", "Standard deviation of a percept.", 0.3, ours("two looks at an image agree, but not wholly"), {
        minimum: 0,
        maximum: 10
      }),
      share("lapse", "Share of choices that are made at random.", 0.05, convention("psychometric practice"))
    ]),
    block("mapper", "How the assistant takes over the person's representation.", [
      share(
        "weight",
        "Share of the person's representation in the assistant's; 0 measures the map between them and does not use it.",
        0.2,
        ours("the whole costs exploration what it gains in alignment")
      ),
      {
        name: "every",
        doc: "Clicks between two fits.",
        type: { kind: "number", unit: "none", minimum: 1, maximum: 1000, integer: true },
        default: 25,
        source: ours("four times a session")
      }
    ])
  ],
  roles: [],
  models: [
    {
      name: "encoder",
      doc: "The β-VAE of the images, and the map of its latents in two dimensions.",
      parameters: [
        {
          name: "resolution",
          doc: "How images are seen.",
          type: {
            kind: "choice",
            options: [
              { name: "halved", doc: "32 by 32 pixels, means of two by two.", parameters: [] },
              { name: "native", doc: "64 by 64 pixels.", parameters: [] }
            ]
          },
          default: { choice: "halved", arguments: {} },
          source: ours("four times as fast, and with beta scaled as good")
        },
        number(
          "pool",
          "Images that are drawn and learned from.",
          60_000,
          ours("held-out images are reconstructed as well within half a nat"),
          {
            minimum: 1000,
            maximum: 737_280,
            integer: true
          }
        ),
        number(
          "latents",
          "Dimensions of the latent space.",
          16,
          ours("about six are used; the rest stay at the prior"),
          {
            minimum: 2,
            maximum: 64,
            integer: true
          }
        ),
        number(
          "beta",
          "Weight of the divergence from the prior at 64 by 64 pixels; at another resolution it is scaled by the number of pixels.",
          4,
          paper("eq. 9; the scaling: Higgins et al. 2017, beta_norm"),
          {
            minimum: 0,
            maximum: 1000
          }
        ),
        number("batch", "Images of an update.", 128, ours("the usual one"), {
          minimum: 8,
          maximum: 4096,
          integer: true
        }),
        number(
          "rate",
          "Largest step size of Adam; it falls to 3 % over the last 30 % of the updates.",
          0.001,
          convention("Kingma & Ba 2015"),
          {
            minimum: 0,
            maximum: 1,
            above: true
          }
        )
      ]
    }
  ],
  oracles: [
    {
      name: "random",
      doc: "Clicks at random places of the map.",
      silent: true
    },
    {
      name: "human_alone",
      doc: "The person follows its own ideas and learns; nobody suggests anything.",
      silent: true
    },
    { name: "ai_alone", doc: "The assistant's first suggestion is taken, whatever the person thinks.", silent: true },
    {
      name: "one_directional",
      doc: "The assistant learns from the person's choices; the person and the representation stay as they are.",
      silent: true
    },
    {
      name: "bidirectional",
      doc: "The assistant learns from choices and scores, the person from what it sees and whom it may trust, and the mapper between them.",
      silent: true
    }
  ],
  metrics: [
    metric({
      name: "exploration_efficiency",
      doc: "How good what was found is at each click, between what as many random clicks find and the best there is. May be negative.",
      formula:
        "(mean_t b_t - R) / (max s - R), b_t the best score until click t, R the mean over t of the expected best of t random ones",
      source: ours("the paper names it and defines it nowhere"),
      range: "at most 1",
      floor: "random",
      parts: ["best_score", "mean_score"]
    }),
    metric({ name: "best_score", doc: "The best score that was found.", range: "0 to 1", floor: "random" }),
    metric({ name: "mean_score", doc: "The mean score of the clicks.", range: "0 to 1", floor: "random" }),
    metric({
      name: "percept_correlation",
      doc: "Canonical correlation of what the person perceives and the assistant's representation. No invertible map can raise it.",
      formula:
        "mean of the largest min(5, active) canonical correlations, directions of one half and correlations of the other; negative ones count as 0",
      source: paper("Table 4 names CCA; the split is ours"),
      range: "0 to 1; above what shuffled images give",
      parts: ["percept_correlation_floor", "percept_correlation_ceiling"]
    }),
    metric({
      name: "percept_correlation_floor",
      doc: "The same with the images of one side shuffled.",
      better: "none",
      range: "0 to 1"
    }),
    metric({
      name: "percept_correlation_ceiling",
      doc: "The same of two looks of the person, a reference: each look has its noise, and latents have none.",
      better: "none",
      range: "0 to 1"
    }),
    metric({
      name: "percept_alignment",
      doc: "Linear centred kernel alignment of what the person perceives and the assistant's representation, debiased.",
      formula: "CKA with the unbiased HSIC",
      source: convention("Kornblith et al. 2019, Song et al. 2012"),
      range: "at most 1",
      parts: ["percept_alignment_ceiling", "mapped_alignment"]
    }),
    metric({
      name: "mapped_alignment",
      doc: "The same of what the mapper makes of the images and what the person perceives; what a mapper of no weight would be worth.",
      better: "none",
      range: "at most 1"
    }),
    metric({
      name: "percept_alignment_ceiling",
      doc: "The same of two looks of the person, a reference: each look has its noise, and latents have none.",
      better: "none",
      range: "at most 1"
    }),
    metric({
      name: "preference_correlation",
      doc: "Spearman's correlation of the liking that the assistant predicts and the person's. Who learns moves the target: read value_agreement beside it.",
      formula: "Spearman of predicted preference and noise-free value over held-out images",
      source: paper("Table 4 names it"),
      range: "-1 to 1",
      parts: ["value_agreement"]
    }),
    metric({
      name: "value_agreement",
      doc: "Spearman's correlation of what the person likes and the true scores.",
      better: "none",
      range: "-1 to 1"
    }),
    metric({
      name: "discovery_rate",
      doc: "Share of the modes of the taste near whose best image somebody clicked.",
      formula:
        "share of modes with a clicked image whose component is at least 0.8 of the component's largest in the catalogue",
      source: paper("Table 4 names it"),
      unit: "fraction",
      range: "0 to 100 %",
      floor: "random"
    }),
    metric({
      name: "understanding",
      doc: "How well the assistant foretells the person's choices, before they are made.",
      formula: "1 - mean NLL of the forecast of the last 50 choices / ln(suggestions + 1), not below 0",
      source: ours("what cognitive compatibility is made of"),
      range: "0 to understanding_ceiling",
      parts: ["likelihood_ratio_index", "understanding_ceiling"]
    }),
    metric({
      name: "likelihood_ratio_index",
      doc: "Understanding before it is cut off at 0: negative where an even forecast would be better.",
      formula: "1 - mean NLL / ln(suggestions + 1)",
      source: convention("McFadden 1974"),
      better: "none",
      range: "at most 1"
    }),
    metric({
      name: "understanding_ceiling",
      doc: "What a forecast of the person's very probabilities would reach.",
      better: "none",
      range: "0 to 1"
    }),
    metric({
      name: "cognitive_compatibility",
      doc: "The mean of representation and forecast: percept_alignment and understanding.",
      formula: "(percept_alignment + understanding) / 2",
      source: paper("Table 4 names it"),
      range: "at most 1",
      parts: ["percept_alignment", "understanding"]
    }),
    metric({
      name: "suggestions_taken",
      doc: "Share of the clicks at which a suggestion was taken.",
      unit: "fraction",
      better: "none",
      range: "0 to 100 %"
    }),
    metric({
      name: "human_drift",
      doc: "How far the person's attention has moved from where it began.",
      formula: "KL(a || a_0) at the end of the session",
      unit: "nats",
      better: "none",
      range: "0 to the budget"
    })
  ]
}

/** What the checker, completion and documentation know of MapTalk. */
import type { EnvironmentDeclaration } from "../../../declaration/Environment.ts"
import type { Parameter, Source } from "../../../declaration/Parameter.ts"

const paper = (text: string): Source => ({ kind: "paper", text: `Li & Song 2025, ${text}` })
const convention = (text: string): Source => ({ kind: "convention", text })
const ours = (text: string): Source => ({ kind: "ours", text })

const reward = (name: string, doc: string, value: number, text: string): Parameter => ({
  name,
  doc,
  type: { kind: "number", unit: "reward", minimum: -1000, maximum: 1000 },
  default: value,
  source: paper(text)
})

/**
 * MapTalk: a navigator who sees the cells around it and a guide who sees the whole map but may only talk.
 *
 * The parameters' defaults are those of Li & Song 2025, section 4.1, except where their source says otherwise.
 */
export const MapTalk: EnvironmentDeclaration = {
  name: "MapTalk",
  doc: "A grid with obstacles. A navigator who sees its neighbourhood walks to a goal; a guide who sees the map talks.",
  parameters: [
    {
      name: "grid",
      doc: "Cells inside the walls; the grid is square.",
      type: { kind: "extent", minimum: 3, maximum: 64, square: true },
      default: { width: 8, height: 8 },
      source: paper("section 4.1")
    },
    {
      name: "obstacles",
      doc: "Probability that a cell is an obstacle, drawn uniformly from this range for each map.",
      type: { kind: "range", unit: "fraction", minimum: 0, maximum: 0.6 },
      default: { low: 0.2, high: 0.3 },
      source: paper("section 4.1")
    },
    {
      name: "horizon",
      doc: "Steps after which an episode ends, with or without success.",
      type: { kind: "number", unit: "steps", minimum: 1, maximum: 10_000, integer: true },
      default: 80,
      source: paper("section 4.1")
    },
    {
      name: "reward",
      doc: "What a step earns: the sum of what applies to it.",
      type: {
        kind: "block",
        parameters: [
          reward("step", "Every step.", -1, "section 4.1"),
          reward("collision", "Walking into an obstacle or a wall.", -5, "section 4.1"),
          reward("goal", "Reaching the goal.", 50, "section 4.1"),
          reward("token", "Every token that is not silence.", -0.05, "section 4.1"),
          {
            name: "scale",
            doc: "Rewards are multiplied by this before learning; measurements are not scaled.",
            type: { kind: "number", unit: "none", minimum: 0.000001, maximum: 1000 },
            default: 0.1,
            source: ours("keeps returns near [-10, 5], where a value loss of the usual weight is stable")
          }
        ]
      },
      default: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
      source: paper("section 4.1; the scale is ours")
    }
  ],
  roles: [
    {
      name: "navigator",
      doc: "Stands on a cell, faces one of four directions and moves.",
      choices: ["forward", "left", "right", "stay"],
      kind: "acts",
      observations: [
        {
          name: "egocentric",
          doc: "The eight cells around it, turned to its heading: front-left, front, front-right, left, right, back-left, back, back-right. First whether each is blocked, then whether each is the goal.",
          size: 16,
          reveals: ["obstacles.near", "goal.near"],
          extent: { width: 3, height: 3 }
        },
        { name: "heading", doc: "Where it faces: north, east, south, west, one-hot.", size: 4, reveals: ["heading"] },
        {
          name: "last_action",
          doc: "Its last choice, one-hot; stay at the start of an episode.",
          size: 4,
          reveals: ["last_action"]
        },
        {
          name: "last_collision",
          doc: "Whether its last step was a collision.",
          size: 1,
          reveals: ["last_collision"]
        }
      ],
      rules: []
    },
    {
      name: "guide",
      doc: "Sees the whole map, intends a direction of travel and says it.",
      choices: ["N", "E", "S", "W"],
      kind: "speaks",
      observations: [
        {
          name: "full",
          doc: "For north, east, south, west: blocked (4), best by the plan (4, one-hot), extra cost over the best (4, steps / 4, at most 1), compass to the goal (4); then the way to the goal in cells / 8 (east, south), steps of the best plan / 20 (at most 3), and the navigator's heading (4), last action (4) and last collision.",
          size: 28,
          reveals: ["obstacles", "goal", "position", "heading", "last_action", "last_collision"]
        }
      ],
      rules: [
        {
          name: "compass",
          doc: "The direction of the larger distance to the goal, north or south when equal; ignores obstacles."
        },
        { name: "planner", doc: "The direction of the best plan over cells and headings." }
      ]
    }
  ],
  oracles: [
    { name: "random", doc: "Uniformly random actions, no messages.", silent: true },
    { name: "wanderer", doc: "Walks on until blocked, turns at random; no messages.", silent: true },
    {
      name: "planner",
      doc: "Follows the best plan over cells and headings, as if it saw the map; no messages.",
      silent: true
    },
    {
      name: "random_talker",
      doc: "The guide knows the planner's direction and says any of its words, evenly at random; the navigator does with what it hears what it does under the direction protocol."
    },
    {
      name: "direction_protocol",
      doc: "The guide says the planner's direction through its noisy channel; the navigator turns to it and walks, but never into a wall it sees."
    }
  ],
  metrics: [
    {
      name: "success",
      doc: "Whether the goal was reached within the horizon.",
      unit: "fraction",
      better: "higher",
      kind: "episode",
      range: "0 to 100 %",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "steps",
      doc: "Steps of the episode; the horizon where it failed.",
      unit: "steps",
      better: "lower",
      kind: "episode",
      range: "1 to the horizon",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "collisions",
      doc: "Steps into an obstacle or a wall.",
      unit: "collisions",
      better: "lower",
      kind: "episode",
      range: "0 to the horizon",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "tokens",
      doc: "Tokens said that are not silence, of all agents.",
      unit: "tokens",
      better: "lower",
      kind: "episode",
      range: "0 to one a step and speaker",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "reward",
      doc: "Sum of the rewards of the episode, undiscounted, not scaled.",
      unit: "reward",
      better: "higher",
      kind: "episode",
      range: "with the default rewards at most 49",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "excess",
      doc: "Steps beyond those of the best plan from the start.",
      unit: "steps",
      better: "lower",
      kind: "episode",
      range: "0 to the horizon",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "steps_when_successful",
      doc: "Steps of the episodes that reached the goal.",
      unit: "steps",
      better: "lower",
      kind: "episode",
      range: "1 to the horizon",
      ceiling: "planner"
    },
    {
      name: "mp",
      doc: "Mutual predictability: how well each side's latent predicts what the other does next. A sender that never varies scores 1, so mp_u stands beside it.",
      formula:
        "1 - mean over sides of NLL / ln classes, of held-out logistic probes of the AI's action from z^H_t and of the guide's token from h^A_{t-1}",
      source: paper("eq. 10; the probes are ours"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      parts: ["mp_u"],
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "mp_u",
      doc: "Mutual predictability over what the frequencies of the choices tell alone (Theil's U); undefined for a sender that never varies.",
      formula: "mean over sides of 1 - NLL / H(choices)",
      source: convention("Theil 1967"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "at most 100 %",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "bs",
      doc: "Behavioural sensitivity: how much of the change in success that a change of one side's messages by 0.02 nats a step could make at most does happen. A channel that the team does not use counts 0.",
      formula:
        "mean over sides of min(1, (mean |SR(p') - SR(p)| - mean |SR(reseeded) - SR(p)|)+ / min(1, sqrt(L KL / 2))), 8 permutations p' of each side",
      source: paper("eq. 11; the normalisation (Pinsker) is ours"),
      unit: "fraction",
      better: "none",
      kind: "team",
      parts: ["bs_change"],
      range: "0 to 100 %"
    },
    {
      name: "bs_change",
      doc: "The change of success under the changed messages of bs, signed.",
      formula: "mean over sides of mean SR(p') - SR(p)",
      source: ours("sensitivity alone hides whether the change helps or harms"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "-100 to 100 %"
    },
    {
      name: "rc",
      doc: "Representation compatibility of the guide's latent, mapped, and the AI's.",
      formula:
        "1 - (W + (1 - rho)) / 2, W the Gaussian Wasserstein distance of T(z^H) and z^A over that of independent ones, rho the mean of 8 held-out canonical correlations",
      source: paper("eq. 12, corrected: the paper compares z^H with its own image"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "ss",
      doc: "Synergistic stability: how well the team holds up under the shifts of the suite with doubled noise.",
      formula: "mean over shifts of (SR - collisions per step - ECE + 2) / 3",
      source: paper("eq. 13, scaled to [0, 1]"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      needs: "suite",
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "ece",
      also: ["calibration", "calibration_error", "expected_calibration_error", "miscalibration"],
      doc: "Expected calibration error of the AI: how far the probability of its likeliest action lies from how often that is among the best. Two actions equally good, between which it is undecided, count as too little confidence.",
      formula:
        "sum over 15 equal bins of w |share correct - mean confidence|, confidence = max_a pi_A(a), correct = the first step of a best plan",
      source: convention("Naeini et al. 2015, Guo et al. 2017"),
      unit: "fraction",
      better: "lower",
      kind: "team",
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "brier",
      also: ["brier_score", "calibration"],
      doc: "Brier score of the same confidences. It is reliability - resolution + uncertainty + within_bin_variance - 2 within_bin_covariance.",
      formula: "mean (confidence - correct)^2",
      source: convention("Brier 1950"),
      unit: "none",
      better: "lower",
      kind: "team",
      parts: ["reliability", "resolution", "uncertainty", "within_bin_variance", "within_bin_covariance"],
      range: "0 to 1",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "reliability",
      doc: "How far confidence is from the share correct, squared: 0 is calibrated. Undefined below 1000 steps, or where right or wrong ones occur in fewer than 30 episodes.",
      formula: "sum over 15 equal bins of w (mean confidence - share correct)^2",
      source: convention("Murphy 1973"),
      unit: "none",
      better: "lower",
      kind: "team",
      range: "0 to 1",
      floor: "random_talker"
    },
    {
      name: "resolution",
      doc: "How far confidence tells right steps from wrong ones. Undefined where reliability is.",
      formula: "sum over 15 equal bins of w (share correct in the bin - share correct)^2",
      source: convention("Murphy 1973"),
      unit: "none",
      better: "higher",
      kind: "team",
      range: "0 to uncertainty",
      floor: "random"
    },
    {
      name: "uncertainty",
      doc: "Brier score of always forecasting the share correct: what the task leaves open, not the forecasts.",
      formula: "o (1 - o), o the share correct",
      source: convention("Murphy 1973"),
      unit: "none",
      better: "none",
      kind: "team",
      range: "0 to 1/4",
      floor: "planner"
    },
    {
      name: "within_bin_variance",
      doc: "What confidences differ within their bins; with the covariance it makes the decomposition of brier exact.",
      formula: "mean (confidence - mean confidence of the bin)^2",
      source: convention("Stephenson et al. 2008"),
      unit: "none",
      better: "none",
      kind: "team",
      range: "0 to 1/900"
    },
    {
      name: "within_bin_covariance",
      doc: "How far confidences within a bin go with being correct.",
      formula: "mean (confidence - mean confidence of the bin) (correct - share correct in the bin)",
      source: convention("Stephenson et al. 2008"),
      unit: "none",
      better: "none",
      kind: "team",
      range: "-1/60 to 1/60"
    },
    {
      name: "ce",
      doc: "Cognitive efficiency: steps and tokens saved against the baseline; undefined unless both succeed in 90 % of the episodes. The baseline itself has 50 %.",
      formula: "x / (1 + x), x = (steps_b / steps + (tokens_b + 1) / (tokens + 1)) / 2",
      source: paper("eq. 14; the bounded form is ours"),
      unit: "fraction",
      better: "higher",
      kind: "derived",
      parts: ["success", "steps", "tokens"],
      needs: "baseline",
      range: "0 to 100 %, 50 % for the baseline",
      ceiling: "planner"
    },
    {
      name: "bas",
      doc: "Bidirectional alignment score; values of different numbers of parts (n) do not compare.",
      formula: "mean of those of mp, bs, rc, ss and ce that are defined",
      source: paper("BAS"),
      unit: "fraction",
      better: "higher",
      kind: "derived",
      parts: ["mp", "bs", "rc", "ss", "ce"],
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "diversity",
      doc: "How little the latents of the two sides have in common.",
      formula: "1 - HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)), unbiased, Gaussian kernels of 512 rows",
      source: paper("the diversity of CCM; the estimator is ours (Kornblith et al. 2019, Song et al. 2012)"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "0 to 100 %",
      floor: "planner",
      ceiling: "random"
    },
    {
      name: "agreement",
      doc: "Agreement of the AI's actions with carrying out the guide's intent literally, beyond chance.",
      formula: "Cohen's kappa, at least 0",
      source: convention("Cohen 1960"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "human_alone",
      doc: "Success of the guide's intents, said literally through the same channel to a script that turns to the direction it last heard and walks.",
      formula: "share of episodes that reach the goal",
      source: ours("the human's part of the team without the AI"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %",
      ceiling: "direction_protocol"
    },
    {
      name: "synergy",
      doc: "What the team achieves beyond its better member alone, and how far it agrees.",
      formula: "0.7 ((SR - best) / (1 - best))+ + 0.3 agreement, best the larger of human_alone and the AI alone",
      source: paper("the synergy of CCM; its parts are ours (Bansal et al. 2021, Vaccaro et al. 2024)"),
      unit: "fraction",
      better: "higher",
      kind: "derived",
      parts: ["success", "agreement", "human_alone"],
      needs: "alone",
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "ccm",
      doc: "Complementarity: diversity and synergy, which trade off; both stand beside it.",
      formula: "mean of those of diversity and synergy that are defined",
      source: paper("CCM; lambda is ours"),
      unit: "fraction",
      better: "higher",
      kind: "derived",
      parts: ["diversity", "synergy"],
      range: "0 to 100 %",
      floor: "planner"
    },
    {
      name: "mutual_adaptation",
      doc: "Whether both sides have changed since the start of the training; 0 where one is frozen. What the change is worth stands beside it.",
      formula:
        "sqrt(human_adaptation ai_adaptation), at 2000 steps of the final team, both policies fed the same histories",
      source: ours("the paper names it in table 3 and does not define it"),
      unit: "fraction",
      better: "none",
      kind: "team",
      parts: ["human_adaptation", "ai_adaptation", "human_gain", "ai_gain"],
      range: "0 to 100 %",
      floor: "direction_protocol"
    },
    {
      name: "human_adaptation",
      doc: "How far what the guide says has moved from what it said at the start.",
      formula: "mean Jensen-Shannon divergence / ln 2 of P(m^H | o^H), intents marginalised",
      source: convention("Lin 1991"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "0 to 100 %",
      floor: "direction_protocol"
    },
    {
      name: "ai_adaptation",
      doc: "How far what the AI does has moved from what it did at the start.",
      formula: "mean Jensen-Shannon divergence / ln 2 of pi^A",
      source: convention("Lin 1991"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "0 to 100 %",
      floor: "direction_protocol"
    },
    {
      name: "human_gain",
      doc: "What the guide's adaptation is worth in success: the team less the guide as it began with the AI as it is.",
      formula: "SR(H1, A1) - SR(H0, A1), on the same episodes",
      source: ours("adaptation that is worth nothing is no adaptation to the other"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "-100 to 100 %",
      floor: "direction_protocol"
    },
    {
      name: "ai_gain",
      doc: "What the AI's adaptation, messages included, is worth in success: the team less the AI as it began with the guide as it is.",
      formula: "SR(H1, A1) - SR(H1, A0), on the same episodes",
      source: ours("adaptation that is worth nothing is no adaptation to the other"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "-100 to 100 %",
      floor: "direction_protocol"
    },
    {
      name: "protocol_convergence",
      doc: "Whether the AI's next move follows from the guide's intent, by a protocol that no longer changes.",
      formula: "protocol_use protocol_stability",
      source: ours("the paper names it in table 3 and does not define it"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      parts: ["protocol_use", "protocol_stability"],
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "protocol_use",
      doc: "What the guide's intent tells of the heading of the AI's next step forward within 3 steps; undefined where the intent hardly varies.",
      formula: "I(intent; answer) / H(intent), corrected (Miller & Madow 1955)",
      source: convention("Theil's U; positive listening, Lowe et al. 2019, Eccles et al. 2019"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "protocol_stability",
      doc: "How little the protocol table has changed in the last tenth of the updates; 100 % for one that is frozen.",
      formula:
        "1 - mean Jensen-Shannon divergence / ln 2 of P(token | context, intent) now and at 90 %, weighted by visits",
      source: convention("Lin 1991"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "0 to 100 %",
      ceiling: "direction_protocol"
    },
    {
      name: "representation_alignment",
      doc: "Similarity of the guide's latent, mapped, and the AI's, up to rotation and scale.",
      formula: "debiased linear CKA of T(z^H) and z^A on held-out episodes, at least 0",
      source: convention("Kornblith et al. 2019, Song et al. 2012"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "teaching_effectiveness",
      doc: "Whether advice pays where it is given, under doubled noise: 50 % is no effect. Undefined without an instructor that advises.",
      formula:
        "P(return with > return without) + P(equal) / 2, 8 pairs of branches with common random numbers at 500 states at most",
      source: convention("Vargha & Delaney 2000"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %, 50 % without effect"
    },
    {
      name: "knowledge_transfer",
      doc: "The share of what the guide knows of the best direction, and the AI does not see, that messages bring into the AI's latent; undefined where the guide knows less than 5 % more.",
      formula:
        "(q(z^A) - q(z^A in silence)) / (q(o^H) - q(z^A in silence)), q the held-out accuracy of a logistic probe for the best direction",
      source: ours("the paper names it in table 3 and does not define it"),
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "entropy_of_messages",
      doc: "Entropy of the guide's tokens, silence included.",
      formula: "-sum p ln p, corrected (Miller & Madow 1955)",
      source: convention("Miller & Madow 1955"),
      unit: "nats",
      better: "none",
      kind: "team",
      range: "0 to ln (symbols + 1)",
      ceiling: "random_talker"
    },
    {
      name: "message_intent_information",
      doc: "What the guide's token says of its intent.",
      formula: "I(m^H; a^H), corrected",
      source: convention("positive signalling, Lowe et al. 2019"),
      unit: "nats",
      better: "none",
      kind: "team",
      range: "0 to ln 4",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "message_state_information",
      doc: "What the guide's token says of the direction of the best plan.",
      formula: "I(m^H; best direction), corrected",
      source: convention("positive signalling, Lowe et al. 2019"),
      unit: "nats",
      better: "none",
      kind: "team",
      range: "0 to ln 4",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "entropy_of_codes",
      doc: "Entropy of the AI's messages, silence included.",
      formula: "-sum p ln p, corrected (Miller & Madow 1955)",
      source: convention("Miller & Madow 1955"),
      unit: "nats",
      better: "none",
      kind: "team",
      range: "0 to ln codes"
    },
    {
      name: "code_state_information",
      doc: "What the AI's message says of its situation: collided before, unsure before, blocked ahead.",
      formula: "I(m^A; situation), corrected",
      source: convention("positive signalling, Lowe et al. 2019"),
      unit: "nats",
      better: "none",
      kind: "team",
      range: "0 to the smaller of ln codes and ln 8"
    },
    {
      name: "code_intent_information",
      doc: "What the AI's message says of the intent with which the guide answers.",
      formula: "I(m^A; a^H), corrected",
      source: convention("positive listening, Lowe et al. 2019"),
      unit: "nats",
      better: "none",
      kind: "team",
      range: "0 to the smaller of ln codes and ln 4"
    },
    {
      name: "topographic_similarity",
      doc: "Whether the guide says similar things where context and intent are similar; from -100 to 100 %.",
      formula:
        "Spearman's correlation, over pairs of (context, intent), of differing features and Jensen-Shannon divergence of the tokens",
      source: convention("Brighton & Kirby 2006"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "-100 to 100 %",
      floor: "random_talker",
      ceiling: "direction_protocol"
    },
    {
      name: "entrainment",
      also: ["convention", "convention_formation"],
      doc: "Words of the guide that are saved per round: blocks of 6 episodes with the same partner, map and goal, each from a new start, both memories carried over (no training does that: what a team makes of it is measured, not trained for). Rounds that fail count, so success stands beside it. Undefined where block_information is at most 0.05 nats: silence is the cheapest message.",
      formula: "minus the least-squares slope of the guide's tokens over rounds 1 to 6, mean over 200 blocks at most",
      source: convention("Clark & Wilkes-Gibbs 1986; Hawkins, Frank & Goodman 2020; the blocks are ours"),
      unit: "tokens",
      better: "higher",
      kind: "team",
      parts: [
        "first_round_tokens",
        "last_round_tokens",
        "convention_stability",
        "partner_specificity",
        "first_round_success",
        "last_round_success",
        "block_information"
      ],
      range: "0 without entrainment, below 0 where rounds take more and more",
      floor: "direction_protocol"
    },
    {
      name: "first_round_tokens",
      doc: "Tokens of the guide that are not silence in the first round of the blocks of entrainment.",
      unit: "tokens",
      better: "lower",
      kind: "team",
      range: "0 to the horizon",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "last_round_tokens",
      doc: "Tokens of the guide that are not silence in the last round of the blocks of entrainment.",
      unit: "tokens",
      better: "lower",
      kind: "team",
      range: "0 to the horizon",
      floor: "random_talker",
      ceiling: "planner"
    },
    {
      name: "convention_stability",
      doc: "How far the guide uses the same words for the same map and goal from round to round of the blocks of entrainment. A new start asks for other directions, so that a code that never changes stays below 100 % (direction_protocol), and one word for everything is perfectly stable. Undefined where entrainment is.",
      formula:
        "1 - Jensen-Shannon divergence / ln 2 of the shares of words of rounds r - 1 and r, mean over rounds 2 to 6 that have some, then over blocks",
      source: convention("Lin 1991; Hawkins, Frank & Goodman 2020"),
      unit: "fraction",
      better: "none",
      kind: "team",
      range: "0 to 100 %"
    },
    {
      name: "partner_specificity",
      doc: "Words that a round takes more when the partner is exchanged before it. The new partner is as well trained and shares nothing of the block: both memories begin anew, what was learned in training stays. Negative where carried memory is in the way. Undefined where entrainment is.",
      formula:
        "guide's tokens in round 4 with the memories new less those with them carried over, same blocks and draws",
      source: convention("the exchange of partners of Hawkins, Frank & Goodman 2020; what is exchanged is ours"),
      unit: "tokens",
      better: "none",
      kind: "team",
      range: "minus the horizon to the horizon",
      floor: "direction_protocol"
    },
    {
      name: "first_round_success",
      doc: "Success in the first round of the blocks of entrainment.",
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "last_round_success",
      doc: "Success in the last round of the blocks of entrainment: fewer words are a gain as far as it has not fallen.",
      unit: "fraction",
      better: "higher",
      kind: "team",
      range: "0 to 100 %",
      floor: "random",
      ceiling: "planner"
    },
    {
      name: "block_information",
      doc: "What the guide's token says of what there is to say in the blocks of entrainment: the direction of the best plan, or in an environment without a planner the choices that are optimal.",
      formula: "I(m^H; world) over all steps of the blocks, corrected (Miller & Madow 1955)",
      source: convention("positive signalling, Lowe et al. 2019"),
      unit: "nats",
      better: "none",
      kind: "team",
      range: "0 to the entropy of the tokens",
      floor: "random_talker",
      ceiling: "direction_protocol"
    }
  ]
}

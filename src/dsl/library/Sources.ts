/** The sources of the standard library, written here from `std/` by embed.ts. */
export const sources: ReadonlyMap<string, string> = new Map([
  [
    "std.alignment",
    "// How far two representations are apart. The distances themselves are functions of the language:\n" +
      "// w2, sinkhorn, mmd, cca, cka and hsic.\n" +
      "\n" +
      "// The image of one latent moves to where the other one is, and is linearly readable from it (BiCA section 3.4).\n" +
      "define representation_gap(image: tensor, target: tensor) = w2(image, stop_gradient(target))^2 + (1 - cca(image, target))\n" +
      "\n" +
      "// The image is the other latent, step by step.\n" +
      "define distillation(image: tensor, target: tensor) = mean(mse(image, stop_gradient(target)))\n" +
      "\n" +
      "// The image points where the other latent points, step by step.\n" +
      "define angle(image: tensor, target: tensor) = 1 - mean(cosine(image, stop_gradient(target)))\n"
  ],
  [
    "std.imitation",
    "// Learning from what somebody has shown.\n" +
      "\n" +
      "// A pupil follows a teacher's distribution; the teacher does not move (Hinton et al. 2015).\n" +
      "define distil(teacher: categorical, pupil: categorical) = mean(kl(stop_gradient(teacher) || pupil))\n" +
      "\n" +
      "// What turned out better than expected is repeated (Oh et al. 2018, eq. 2).\n" +
      "define self_imitation(who: agent, advantage: tensor) = -mean(hinge(advantage) * who.log_prob)\n"
  ],
  [
    "std.information",
    "// What messages and choices say.\n" +
      "\n" +
      "// The rate of an information bottleneck, I(M; C): what a message says of its code (Tishby et al. 1999; Alemi et al. 2017).\n" +
      "define bottleneck(conditional: categorical, marginal: categorical) = mean(kl(conditional || marginal))\n" +
      "\n" +
      "// How badly a distribution foresees what happened, by the logarithmic score and by Brier's.\n" +
      "define surprise(p: categorical, happened: tensor) = mean(nll(p, happened))\n" +
      "define miscalibration(p: categorical, happened: tensor) = mean(brier(p, happened))\n" +
      "\n" +
      "// Confident choices cost something (Pereyra et al. 2017).\n" +
      "define confidence_penalty(p: categorical) = -mean(entropy(p))\n"
  ],
  [
    "std.ppo",
    "// Proximal policy optimisation, in its parts. `ppo(agent)` is the whole, with its entropy bonus.\n" +
      "\n" +
      "// How much likelier a choice has become since it was made.\n" +
      "define ratio(who: agent) = exp(who.log_prob - who.old_log_prob)\n" +
      "\n" +
      "// The policy gradient with importance weights (Schulman et al. 2017, eq. 6).\n" +
      "define policy_gradient(who: agent, advantage: tensor) = -mean(ratio(who) * advantage)\n" +
      "\n" +
      "// The same where the ratio cannot gain by leaving 1 by more than `at` (Schulman et al. 2017, eq. 7).\n" +
      "define clipped_surrogate(who: agent, advantage: tensor,\n" +
      "    at: scalar) = -mean(min(ratio(who) * advantage, clip(ratio(who), 1 - at, 1 + at) * advantage))\n" +
      "\n" +
      "// An estimate of KL(old || new) from the choices, never negative (Schulman 2020).\n" +
      "define approximate_kl(who: agent) = mean(ratio(who) - 1 - (who.log_prob - who.old_log_prob))\n"
  ]
])

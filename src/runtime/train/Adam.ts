/** Adam's constants (Kingma & Ba 2015), epsilon as usual in PPO (Huang et al. 2022). */
export const adam = { first: 0.9, second: 0.999, epsilon: 1e-5 } as const

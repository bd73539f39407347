/** Adam's constants as its authors give them (Kingma & Ba 2015). */
export const plainAdam = { first: 0.9, second: 0.999, epsilon: 1e-8 } as const

/** The same with the epsilon that is usual in PPO (Huang et al. 2022). */
export const adam = { ...plainAdam, epsilon: 1e-5 } as const

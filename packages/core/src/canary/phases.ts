export const PHASES = ["Idle", "Waiting", "Progressing", "Paused", "Promoting", "RollingBack", "Failed"] as const
export type Phase = (typeof PHASES)[number]

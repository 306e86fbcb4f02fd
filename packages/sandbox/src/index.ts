export type { GitHost, SeedCommit } from "./githost/index.ts"
export type { KubeClient, KubeObject } from "./kube/index.ts"
export type { Log } from "./log.ts"
export { startWorld, type World, type WorldOptions } from "./world.ts"

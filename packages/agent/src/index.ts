export { SerinError } from "./errors.ts"
export {
  applyInstallation,
  findInstallation,
  hooksSecretName,
  prepareInstallation,
  removeInstallation,
  systemNamespace,
  toYaml,
  type Installation,
  type InstallRequest,
} from "./install/index.ts"
export {
  createKubeClient,
  inClusterCredentials,
  kubeconfigCredentials,
  type Credentials,
  type KubeClient,
  type KubeObject,
} from "./kube/index.ts"
export { proxiesOf } from "./outbound/index.ts"
export { unreadableEntries } from "./callable/index.ts"
export { checkConnected, checkHooks, checkStanding } from "./look/index.ts"
export { systemClock } from "./runtime/index.ts"
export type { RegistryMirrors } from "./settings.ts"
export { startAgent, type Agent, type AgentOptions } from "./agent.ts"
export { startReplica } from "./replica.ts"

export { applyInstallation, prepareInstallation, type Installation, type InstallRequest } from "./install.ts"
export { hooksSecretName, systemNamespace, type Manifest } from "./manifests.ts"

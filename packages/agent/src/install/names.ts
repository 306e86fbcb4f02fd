/** Where Serin itself lives; its settings and its Lease are found there. */
export const systemNamespace = "serin-system"
/** Of the Deployment, the Service, the settings and the agent's own ServiceAccount. */
export const agentName = "serin"
export const leaseName = "serin-agent"
/** ConfigMap with `ca.crt`: certificate authorities beside those that the image knows. */
export const caConfigMapName = "serin-ca"
/** Secret that people make with `HTTPS_PROXY` and the like, where a proxy wants a login. */
export const proxySecretName = "serin-proxy"
export const hooksSecretName = "serin-hooks"
export const slackSecretName = "serin-slack"
/** The ServiceAccount in whose name a Repository is applied, in the Repository's namespace. */
export const applyAccountName = "serin-apply"
export const authSecretName = (repository: string): string => `serin-auth-${repository}`

export interface Access {
  readonly url: string
  /** PEM of the certificate authority. */
  readonly authority: string
  readonly user: string
  readonly token: string
  readonly namespace?: string
}

/** A kubeconfig with one cluster, one user and one context; in JSON, which every reader of YAML reads. */
export function kubeconfigText({ url, authority, user, token, namespace }: Access): string {
  const cluster = "serin-sandbox"
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: cluster,
        cluster: { server: url, "certificate-authority-data": Buffer.from(authority).toString("base64") },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: cluster, context: { cluster, user, ...(namespace === undefined ? {} : { namespace }) } }],
    "current-context": cluster,
    preferences: {},
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

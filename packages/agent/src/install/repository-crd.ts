/** CustomResourceDefinition of `Repository`: what to follow in Git, and as whom to apply it. */
export const repositoryCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "repositories.serin.dev" },
  spec: {
    group: "serin.dev",
    scope: "Namespaced",
    names: {
      plural: "repositories",
      singular: "repository",
      kind: "Repository",
      listKind: "RepositoryList",
      shortNames: ["repo"],
    },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: "URL", type: "string", jsonPath: ".spec.url" },
          { name: "Branch", type: "string", jsonPath: ".spec.branch" },
          { name: "Revision", type: "string", jsonPath: ".status.revision" },
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: "Message", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].message', priority: 1 },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec: {
                type: "object",
                required: ["url"],
                properties: {
                  url: {
                    type: "string",
                    minLength: 1,
                    description: "https://, http:// or ssh:// URL without credentials.",
                  },
                  branch: { type: "string", default: "main", minLength: 1 },
                  path: {
                    type: "string",
                    default: "",
                    description: "Folder of the manifests, relative to the repository's root.",
                  },
                  interval: {
                    type: "string",
                    default: "1m",
                    description: "How often to look without a webhook, e.g. 30s.",
                  },
                  auth: {
                    type: "object",
                    description: "Secret with identity + known_hosts (SSH) or username + token (HTTP).",
                    required: ["secretRef"],
                    properties: { secretRef: secretRef() },
                  },
                  serviceAccountName: {
                    type: "string",
                    description: "Account of this namespace as which manifests are applied.",
                  },
                  prune: { type: "boolean", default: true, description: "Remove what is no longer in Git." },
                  suspend: { type: "boolean", default: false },
                  pushesPerMinute: { type: "integer", minimum: 1, maximum: 600, default: 6 },
                  hooks: {
                    type: "object",
                    description:
                      "Secret with the keys git (HMAC key of the push hook) and registry (bearer token of notifications).",
                    properties: { secretRef: secretRef() },
                  },
                  notify: {
                    type: "array",
                    items: {
                      type: "object",
                      required: ["type", "secretRef"],
                      properties: {
                        type: { type: "string", enum: ["slack", "webhook"] },
                        secretRef: secretRef(),
                        events: {
                          type: "array",
                          items: { type: "string" },
                          description: "Kinds to send; absent: all.",
                        },
                      },
                    },
                  },
                },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
} as const

function secretRef() {
  return { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1 } } } as const
}

/** `apidiscovery.k8s.io/v2`, as the server hands it out and as the data files hold it. */
export interface GroupDiscovery {
  readonly metadata: { readonly name?: string }
  readonly versions: readonly VersionDiscovery[]
}

export interface VersionDiscovery {
  readonly version: string
  readonly resources: readonly ResourceDiscovery[]
  readonly freshness?: string
}

export interface ResourceDiscovery {
  readonly resource: string
  readonly responseKind: KindReference
  readonly scope: "Namespaced" | "Cluster"
  readonly singularResource: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly SubresourceDiscovery[]
}

export interface SubresourceDiscovery {
  readonly subresource: string
  readonly responseKind: KindReference
  readonly verbs: readonly string[]
}

/** Empty group and version mean those of the resource. */
export interface KindReference {
  readonly group: string
  readonly version: string
  readonly kind: string
}

import { z } from "zod"

/** `DIR/endpoints.json`: where the parts of a running embedded world answer. Names are stable; scripts rely on them. */
export const endpoints = z.object({
  /** Kubernetes API, HTTPS; use it with `DIR/kubeconfig`. */
  kube: z.string(),
  /** The git host; REST below /api/v1. */
  git: z.string(),
  /** Clone URLs with a user's credentials, for people. */
  configRepo: z.string(),
  appRepo: z.string(),
  /** The same repositories over SSH, for deploy keys, with the line for known_hosts. */
  configRepoSsh: z.string(),
  gitKnownHosts: z.string(),
  registry: z.string(),
  prometheus: z.string(),
  /** The mesh's ingress gateway. */
  ingress: z.string(),
  /** The agent's web page and API, once it is installed. */
  web: z.string(),
  /** Where the agent receives webhooks. */
  hooks: z.string(),
  /** The Slack inbox, and the incoming-webhook URL of its channel. */
  slack: z.string(),
  slackWebhook: z.string(),
  builder: z.string(),
})

export type Endpoints = z.infer<typeof endpoints>

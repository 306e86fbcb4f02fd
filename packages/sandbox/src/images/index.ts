export * from "./store.ts"
export type * from "./options.ts"

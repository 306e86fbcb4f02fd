export { SchemaRegistry } from "./registry.ts"
export type {
  AnySchema,
  Field,
  ListSchema,
  MapSchema,
  PatchStrategy,
  ScalarFormat,
  ScalarSchema,
  Schema,
  StructSchema,
} from "./schema.ts"

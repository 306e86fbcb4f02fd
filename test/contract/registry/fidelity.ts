import type { AllowedDifference } from "../harness/allowed.ts"
import type { Uncompared } from "../harness/contract.ts"

export const allowed: readonly AllowedDifference[] = [
  {
    case: "base/names-that-may-not-be",
    what: "a name that may not be is `400 NAME_INVALID`; docker-registry has no route for it and answers 404 in plain text",
    reason: "the client is told what is wrong",
    source: 'OCI distribution specification 1.1, "Error Codes", code-7',
  },
  {
    case: "base/name-too-long",
    what: "a name of more than 255 characters is `400 NAME_INVALID`; docker-registry answers 500",
    reason: "docker-registry does not expect it",
    source: 'OCI distribution specification 1.1, "Error Codes", code-7',
  },
  {
    case: "uploads/single-post",
    what: "a POST with `digest` and the content is the whole upload; docker-registry answers 202 and waits for a PUT",
    reason: "the specification leaves both open",
    source: 'OCI distribution specification 1.1, "Single POST"',
  },
  {
    case: "uploads/out-of-order",
    what: "a chunk that does not follow the last one is 416 and changes nothing; docker-registry 2.8 appends it",
    reason: "later versions of docker-registry follow the specification",
    source: 'OCI distribution specification 1.1, "Pushing a blob in chunks"',
  },
  {
    case: "uploads/range-of-another-length",
    what: "a chunk of another length than its Content-Range is refused; docker-registry 2.8 does not look at it",
    reason: "a client that loses count must not go on unnoticed",
    source: 'OCI distribution specification 1.1, "Pushing a blob in chunks" and code-10',
  },
  {
    case: "uploads/range-that-is-none",
    what: "a Content-Range that is none is 416; docker-registry 2.8 does not look at it",
    reason: "what it begins at is not known",
    source: 'OCI distribution specification 1.1, "Pushing a blob in chunks"',
  },
  {
    case: "uploads/unknown-upload",
    what: "an unknown upload is `BLOB_UPLOAD_UNKNOWN`; docker-registry says `BLOB_UPLOAD_INVALID` of an address without the state that it puts there",
    reason: "the embedded registry has no state in its addresses",
    source: 'OCI distribution specification 1.1, "Error Codes", code-3',
  },
  {
    case: "uploads/upload-of-another-repository",
    what: "an upload that another repository began is `BLOB_UPLOAD_UNKNOWN`, not `BLOB_UPLOAD_INVALID`",
    reason: "the embedded registry has no state in its addresses",
    source: 'OCI distribution specification 1.1, "Error Codes", code-3',
  },
  {
    case: "uploads/methods-of-uploads",
    what: "a method that an upload does not have is 405; docker-registry takes POST on an upload for a new one",
    reason: "the specification names no such method",
    source: 'OCI distribution specification 1.1, "Endpoints"',
  },
  {
    case: "blobs/malformed-digest",
    what: "a digest without an algorithm is `400 DIGEST_INVALID`; docker-registry has no route for it",
    reason: "the client is told what is wrong",
    source: 'OCI distribution specification 1.1, "Error Codes", code-4',
  },
  {
    case: "blobs/ranges-that-cannot-be",
    what: "the 416 is told as JSON, not as plain text",
    reason: "errors have one form",
    source: 'OCI distribution specification 1.1, "Error Codes"',
  },
  {
    case: "blobs/methods",
    what: "the 405 is told as JSON with `UNSUPPORTED`, not as plain text",
    reason: "errors have one form",
    source: 'OCI distribution specification 1.1, "Error Codes", code-13',
  },
  {
    case: "manifests/accept",
    what: "`Accept: */*` takes an OCI manifest; docker-registry 2.8 says that there is none",
    reason: "curl and other plain clients send it",
    source: "RFC 9110, 12.5.1",
  },
  {
    case: "manifests/layer-from-elsewhere",
    what: "a layer with `urls` need not be in the repository; docker-registry takes it by its configuration only, which names hosts",
    reason: "the embedded registry has no such configuration",
    source: 'OCI image specification 1.1, "Non-distributable layers"',
  },
  {
    case: "manifests/schema-version-1",
    what: "a manifest of schema version 1 is `MANIFEST_INVALID`; docker-registry answers 500",
    reason: "docker-registry does not expect it under this media type",
    source: 'OCI distribution specification 1.1, "Error Codes", code-6',
  },
  {
    case: "manifests/if-none-match",
    what: "the 304 names the ETag and the digest; docker-registry leaves both out",
    reason: "a cache needs the ETag",
    source: "RFC 9110, 15.4.5",
  },
  {
    case: "manifests/malformed-reference",
    what: "a tag that may not be is `400 TAG_INVALID`; docker-registry has no route for it",
    reason: "the client is told what is wrong",
    source: 'docker-distribution, "Errors" of the HTTP API V2',
  },
  {
    case: "manifests/delete-by-tag",
    what: "DELETE of a tag removes the tag; docker-registry 2.8 refuses it",
    reason: "it came with 1.1 of the specification",
    source: 'OCI distribution specification 1.1, "Deleting tags"',
  },
  {
    case: "manifests/methods",
    what: "the 405 is told as JSON with `UNSUPPORTED`, not as plain text",
    reason: "errors have one form",
    source: 'OCI distribution specification 1.1, "Error Codes", code-13',
  },
  {
    case: "referrers/of-a-manifest",
    what: "there is the referrers API and the header `OCI-Subject`",
    reason: "docker-registry 2.8 is older than they are",
    source: 'OCI distribution specification 1.1, "Listing Referrers" and "Pushing Manifests with Subject"',
  },
  {
    case: "referrers/filtered",
    what: "there is the referrers API, filtered by `artifactType`",
    reason: "docker-registry 2.8 is older than it is",
    source: 'OCI distribution specification 1.1, "Listing Referrers"',
  },
  {
    case: "referrers/removed",
    what: "there is the referrers API, which answers an empty list rather than 404",
    reason: "docker-registry 2.8 is older than it is",
    source: 'OCI distribution specification 1.1, "Listing Referrers"',
  },
  {
    case: "listings/tags-by-pages",
    what: "tags come in pages with `n` and a `Link`; docker-registry 2.8 sends all",
    reason: "it came to docker-registry with 3.0",
    source: 'OCI distribution specification 1.1, "Listing Tags"',
  },
  {
    case: "listings/tags-after",
    what: "tags are listed after `last`; docker-registry 2.8 sends all",
    reason: "it came to docker-registry with 3.0",
    source: 'OCI distribution specification 1.1, "Listing Tags"',
  },
  {
    case: "listings/tags-other-methods",
    what: "the 405 is told as JSON with `UNSUPPORTED`, not as plain text",
    reason: "errors have one form",
    source: 'OCI distribution specification 1.1, "Error Codes", code-13',
  },
  {
    case: "listings/catalog-other-methods",
    what: "the 405 is told as JSON with `UNSUPPORTED`, not as plain text",
    reason: "errors have one form",
    source: 'OCI distribution specification 1.1, "Error Codes", code-13',
  },
]

export const uncompared: readonly Uncompared[] = [
  {
    what: "`detail` of errors",
    reason: "the specification calls it unstructured, and docker-registry's own versions differ in it",
  },
  {
    what: "the order of tags, and the ETag of lists",
    reason:
      "docker-registry 2.8 has the order of its folders and no ETag; the embedded registry sorts them by character",
  },
  {
    what: "whether addresses are absolute, and what stands in the query of an upload's address",
    reason: "docker-registry is configured either way, and a client takes an address as it comes",
  },
  {
    what: "what the token server answers",
    reason: "the embedded registry has one of its own; beside docker-registry runs one of the contract's",
  },
]

import { auth, notifications } from "./cases/auth.ts"
import { blobs } from "./cases/blobs.ts"
import { base, listings } from "./cases/listings.ts"
import { manifests, referrers } from "./cases/manifests.ts"
import { mounts, uploads } from "./cases/uploads.ts"

export const suites = [base, uploads, mounts, blobs, manifests, referrers, listings, auth, notifications]

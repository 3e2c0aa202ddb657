import { isGrpcServiceError } from '@temporalio/client'

const GRPC_NOT_FOUND = 5

/** Tells whether the server said that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return isGrpcServiceError(error) && Number(error.code) === GRPC_NOT_FOUND
}

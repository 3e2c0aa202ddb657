import { sql } from 'kysely'
import { EXCLUSIVE } from '../domain/exclusive.ts'

/** Of a lease: whether it holds a device. Who measures an endpoint holds its address, and no device. */
export const IS_DEVICE = sql<boolean>`device not like ${`${EXCLUSIVE}%`}`

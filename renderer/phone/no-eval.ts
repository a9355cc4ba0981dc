/** Keeps zod from trying `new Function`, which the pages' policy forbids; loaded before any schema is made. */
import { z } from 'zod'

z.config({ jitless: true })

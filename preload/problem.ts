/** An error as it crosses to a window or a phone's page. */
import { z } from 'zod'

/** A code for programs, a sentence for a person, and what to do next. */
export const problemSchema = z.object({ code: z.string(), sentence: z.string(), next: z.string() })

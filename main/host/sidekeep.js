#!/usr/bin/env node
/**
 * What is started: keeps Node's compiled code from start to start, then loads the program. JavaScript, so that the part of Node that
 * takes types out is loaded only when there is something new to take them out of.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Without types to strip again each time it starts faster and needs some 100 MB less. A folder that others may write
// to, as Node's own choice is, could hand us code that isn't ours.
enableCompileCache(join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'sidekeep'))

await import('./program.ts')

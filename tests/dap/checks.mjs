import { protocol } from './checks-protocol.mjs'
import { debugging } from './checks-debugging.mjs'
import { ending } from './checks-ending.mjs'

/** The checks, each {number, part, title, needs, run(adapter)}: `needs` names a capability without which a check says nothing. */
export const checks = [...protocol, ...debugging, ...ending]

export const key = ({ number, part }) => [String(number).padStart(2, '0'), ...(part ? [part] : [])].join(' ')

/** The check with that key. */
export const check = (name) => checks.find((check) => key(check) === name)

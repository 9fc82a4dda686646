/** Why there is no daemon to talk to. What a person reads is written from it in messages.ts. */
export type FailureKind =
  | 'notFound'        // the setting names no file
  | 'nowhere'         // no setting, nothing bundled, nothing on PATH
  | 'notExecutable'
  | 'corrupt'         // a file that is no program of this machine, or another program
  | 'noDotnet'
  | 'wrongVersion'
  | 'silent'          // it does not answer in time
  | 'ended'           // it ended while it started

export class Failure extends Error {
  readonly kind: FailureKind
  readonly path: string
  /** What the program said, or what is known of its end; may be empty. */
  readonly detail: string

  constructor(kind: FailureKind, path: string, detail = '') {
    super(`${kind}: ${path} ${detail}`.trim())
    this.kind = kind
    this.path = path
    this.detail = detail
  }
}

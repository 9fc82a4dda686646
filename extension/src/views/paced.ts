/** Runs `work` soon after it is asked for, never twice at once and never sooner than `rest` milliseconds after it has ended: what is asked for in between is done in one run. */
export class Paced {
  readonly #work: () => Promise<void>
  readonly #rest: number
  #wanted = false
  #busy = false
  #timer: NodeJS.Timeout | undefined

  /** @param work Must not throw. */
  constructor(work: () => Promise<void>, rest = 200) {
    this.#work = work
    this.#rest = rest
  }

  ask(): void {
    this.#wanted = true
    if (!this.#busy) void this.#run()
  }

  dispose(): void {
    this.#busy = true
    clearTimeout(this.#timer)
  }

  async #run(): Promise<void> {
    this.#busy = true
    this.#wanted = false
    await this.#work()
    this.#timer = setTimeout(() => {
      this.#busy = false
      if (this.#wanted) void this.#run()
    }, this.#rest)
  }
}

import * as vscode from 'vscode'

export interface Pin {
  /** Its name, so that a pin holds for every run of the model. */
  readonly router: string
  readonly expert: number
}

const KEY = 'pins'

/** The experts that a person keeps an eye on, in the order in which they were pinned; the workspace remembers them. */
export class Pins implements vscode.Disposable {
  readonly #memory: vscode.Memento
  readonly #changed = new vscode.EventEmitter<void>()

  constructor(memory: vscode.Memento) {
    this.#memory = memory
  }

  readonly onChange = this.#changed.event

  get all(): readonly Pin[] {
    return this.#memory.get<readonly Pin[]>(KEY, [])
  }

  has(router: string, expert: number): boolean {
    return this.all.some((pin) => pin.router === router && pin.expert === expert)
  }

  async set(pin: Pin, pinned: boolean): Promise<void> {
    const others = this.all.filter(({ router, expert }) => router !== pin.router || expert !== pin.expert)
    await this.#memory.update(KEY, pinned ? [...others, pin] : others)
    this.#changed.fire()
  }

  dispose(): void {
    this.#changed.dispose()
  }
}

import * as vscode from 'vscode'
import type { Focus } from '../charts/chart.ts'

export interface Place {
  readonly session: string
  readonly focus: Focus
}

/** Where all views of the window look: what one of them chooses, the others show. Whoever sets it says who it is, and does not hear itself. */
export class SharedFocus implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<{ readonly place: Place; readonly by: unknown }>()
  #place: Place | undefined

  readonly onChange = this.#changed.event

  get place(): Place | undefined {
    return this.#place
  }

  set(place: Place, by: unknown): void {
    this.#place = place
    this.#changed.fire({ place, by })
  }

  dispose(): void {
    this.#changed.dispose()
  }
}

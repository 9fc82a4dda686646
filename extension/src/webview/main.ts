import { App } from './app.ts'
import type { VsCode } from './bridge.ts'

declare function acquireVsCodeApi(): VsCode

new App(acquireVsCodeApi())

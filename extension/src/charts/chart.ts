// What a chart is before anything draws it. The functions of this folder make one from results of the daemon; they know neither a page nor an editor.
import type { EChartsCoreOption } from 'echarts/core'
import type { Say } from './say.ts'
import type { Theme } from './palette.ts'

/** The place that all tabs and the debugger look at. A token is (step, pass, row); what is unknown is absent. */
export interface Focus {
  step?: number | undefined
  pass?: number | undefined
  router?: number | undefined
  row?: number | undefined
  expert?: number | undefined
}

/** What every chart needs beside its data. `names[router]` is how prose calls a router: the layer's number. */
export interface Context {
  say: Say
  theme: Theme
  routers: readonly RouterName[]
  focus: Focus
  pins: readonly { router: string; expert: number }[]
}

export interface RouterName {
  index: number
  name: string
  layer: number
  experts: number
  k: number
  /** So many of its experts, the last ones, give back what they get: they have no load. */
  identityExperts?: number | undefined
}

/** Experts of a router that have a load. */
export const realExperts = ({ experts, identityExperts = 0 }: { experts: number; identityExperts?: number | undefined }): number => experts - identityExperts

/** One place of a figure: what a hover or the keyboard says about it, and what a click focuses. */
export interface Item {
  lines: string[]
  focus: Focus
}

export interface Column {
  name: string
  unit?: string
  /** Digits behind the point of a number; absent: text. */
  digits?: number
}

export interface Table {
  columns: Column[]
  rows: (string | number | undefined)[][]
  /** What Enter on a row focuses. */
  focus?: (row: number) => Focus
}

export interface Chart {
  /** The finding, where there is one. */
  title: string
  /** Unit, window, what is derived or missing: one sentence each. */
  notes: string[]
  figures: Figure[]
  /** Made when it is looked at or exported. */
  table(): Table
}

export type Figure = Cells | Bands | Plot | Tokens | Listing

/** Rows and columns of cells in one diverging ramp, with bars beside rows and under columns. */
export interface Cells {
  kind: 'cells'
  label: string
  rows: string[]
  columns: string[]
  rowTitle: string
  columnTitle: string
  /** Level of the ramp (`ratioLevel`), `EMPTY` or `HATCHED`, [rows, columns]. */
  levels: Uint8Array
  ramp: 'ratio' | 'difference'
  /** What the ramp's ends and middle are called. */
  legend: [string, string, string]
  /** Lengths 0..1 of the bars and their texts. */
  rowBars?: Bars
  columnBars?: Bars
  square: boolean
  /** What a cell says where it is large enough. */
  text?: (row: number, column: number) => string
  item(row: number, column: number): Item | undefined
  /** Where the shared focus is in this figure. */
  selected?: [number, number] | undefined
}

export interface Bars {
  title: string
  lengths: number[]
  texts: string[]
}

/** A cell that is not there (a layer with fewer experts), and an expert that nothing reaches. */
export const EMPTY = 255
export const HATCHED = 254

/** Small multiples over steps: a row a layer, a column a metric, all on one axis of steps. */
export interface Bands {
  kind: 'bands'
  label: string
  rows: string[]
  /** `top`: the end of the scale, which begins at 0 and holds for all rows. */
  columns: { title: string; note: string; top: number }[]
  axis: string
  from: number
  to: number
  stepsPerPlace: number
  places: number
  /** Smallest and largest value of the steps of each place; NaN = nothing there. */
  values(row: number, column: number): { min: ArrayLike<number>; max: ArrayLike<number> } | undefined
  marks: { step: number; row: number | undefined; kind: 'stop' | 'anomaly' }[]
  item(row: number, place: number): Item | undefined
  selected?: [number, number] | undefined
}

/** A chart that ECharts draws. */
export interface Plot {
  kind: 'plot'
  label: string
  height: number
  option: EChartsCoreOption
  /** How many places each line has: arrows left and right go along a line, up and down between lines. */
  lines: number[]
  item(line: number, place: number): Item | undefined
  /** The place under the pointer: of a drawn element where `data` is known, or of a point in a grid's own units. */
  at?: (series: number, data: number) => [number, number] | undefined
  near?: (grid: number, x: number, y: number) => [number, number] | undefined
  /** The element to emphasise while the keyboard is on a place. */
  mark?: (line: number, place: number) => { seriesIndex: number; dataIndex: number } | undefined
}

/** Text, token by token. */
export interface Tokens {
  kind: 'tokens'
  label: string
  runs: { heading?: string; tokens: Token[] }[]
  legend: { text: string; hue: number | undefined; expert: number; share: number }[]
}

export interface Token {
  text: string
  tag: string
  /** Index of a hue, or undefined for the grey ramp. */
  hue: number | undefined
  /** 0..1 */
  strength: number
  narrow: boolean
  differs: boolean
  startsSequence: string | undefined
  selected: boolean
  item: Item
}

/** Lines of text with a bar each. */
export interface Listing {
  kind: 'listing'
  label: string
  empty: string
  columns: string[]
  /** The cell that opens what the row is about; the first unless said. */
  link?: number
  /** Text around a token: the first column ends where the second begins. */
  concordance?: boolean
  rows: { cells: string[]; /** Length and interval, 0..1. */ bar?: number; interval?: [number, number]; /** Where chance lies, 0..1. */ chance?: number; focus?: Focus }[]
}

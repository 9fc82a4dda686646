// The parts of ECharts that charts use, and no more.
import { BarChart, CustomChart, SankeyChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers'

echarts.use([BarChart, CustomChart, SankeyChart, GridComponent, LegendComponent, MarkLineComponent, LabelLayout, CanvasRenderer, SVGRenderer])

export { echarts }

/** An option as SVG, without a page. */
export function optionToSvg(option: echarts.EChartsCoreOption, width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption(option)
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

/** An option on a canvas of twice its size. */
export function optionToCanvas(option: echarts.EChartsCoreOption, width: number, height: number): HTMLCanvasElement {
  const chart = echarts.init(document.createElement('div'), null, { width, height, devicePixelRatio: 2 })
  chart.setOption(option)
  const canvas = chart.renderToCanvas({ pixelRatio: 2 })
  chart.dispose()
  return canvas
}

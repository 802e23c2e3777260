import { BarChart, GraphChart, LineChart, SankeyChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init as start, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { COLOURS } from './options';

use([BarChart, GraphChart, LineChart, SankeyChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** Drawn on a canvas. */
export const init = (element: HTMLElement, dark: boolean) => start(element, theme(dark));

/** What a chart's own option does not say; a part that is left to the library has its colours for white paper. */
function theme(dark: boolean) {
  const ink = dark ? '#d6dee6' : '#22303c';
  const line = dark ? '#2e3c49' : '#d5dce3';
  const axis = {
    axisLine: { lineStyle: { color: ink } },
    axisTick: { lineStyle: { color: ink } },
    axisLabel: { color: ink, hideOverlap: true },
    nameTextStyle: { color: ink },
    splitLine: { lineStyle: { color: line } },
  };
  return {
    darkMode: dark,
    textStyle: { color: ink, fontFamily: 'system-ui, sans-serif' },
    color: [COLOURS.api, COLOURS.local, COLOURS.saved, COLOURS.refused, '#7a6bb5', '#5f7482'],
    animationDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 300,
    legend: { textStyle: { color: ink }, pageTextStyle: { color: ink }, pageIconColor: ink, pageIconInactiveColor: line },
    categoryAxis: axis,
    timeAxis: axis,
    valueAxis: axis,
    sankey: { label: { color: ink } },
    graph: { label: { color: ink } },
  };
}
